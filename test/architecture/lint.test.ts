import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { coreIsPure, importersAreAllowed, importsFollowTheMap, MAY_IMPORT } from './rules.js'
import { parseSource, type SourceFile } from './source-file.js'

const ROOT = dirname(dirname(import.meta.dirname))

/** Something of each place, and the packages that not everybody may use. */
const TARGETS = [
  ...Object.keys(MAY_IMPORT).map((place) => (place.endsWith('.ts') ? place : `${place}/target.ts`)),
  'src/lineage/recording/target.ts',
  'prisma/generated/client.ts',
  '@prisma/client',
  'pg',
]

/** For each place a file that imports all of these, a line each. */
function everythingImportsEverything(): Map<string, string> {
  const files = new Map<string, string>()
  for (const place of Object.keys(MAY_IMPORT)) {
    const path = place.endsWith('.ts') ? place : `${place}/importer.ts`
    const targets = place === 'src/lineage' ? [...TARGETS, 'node:fs', 'node:crypto'] : TARGETS
    const lines = targets.map((target) => `import '${specifier(path, target)}'\n`)
    files.set(path, lines.join(''))
  }
  return files
}

function specifier(from: string, target: string): string {
  if (!target.endsWith('.ts')) return target
  const relative = posix.relative(posix.dirname(from), target).replace(/\.ts$/, '.js')
  return relative.startsWith('.') ? relative : `./${relative}`
}

/** What the lint rules refuse, in the words of the rules in rules.ts. */
async function refusedByLint(
  files: ReadonlyMap<string, string>,
  parsed: readonly SourceFile[],
): Promise<Set<string>> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'headwater-lint-')))
  try {
    const settings = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8'))
    await writeFile(join(folder, 'biome.json'), JSON.stringify({ ...settings, vcs: undefined }))
    for (const [path, text] of files) {
      await mkdir(join(folder, dirname(path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
    const args = [
      biome,
      'lint',
      '--only=style/noRestrictedImports',
      '--reporter=github',
      '--max-diagnostics=none',
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
      (failed: { stdout: string }) => failed,
    )
    const refused = new Set<string>()
    for (const [, path = '', line] of stdout.matchAll(/^::error .*file=([^,]+),line=(\d+),/gm)) {
      const file = parsed.find((one) => join(folder, one.path) === path)
      refused.add(`${file?.path} imports ${file?.imports[Number(line) - 1]?.target}`)
    }
    return refused
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('the lint rules refuse exactly the imports that the map does not allow', async () => {
  const files = everythingImportsEverything()
  const parsed = [...files].map(([path, text]) => parseSource(path, text))
  const expected = new Set(
    // One file at a time: lint rules do not see what is imported indirectly.
    [importsFollowTheMap, importersAreAllowed, coreIsPure].flatMap((rule) =>
      parsed.flatMap((file) => rule([file])),
    ),
  )
  expect(expected.size).toBeGreaterThan(50)
  expect([...(await refusedByLint(files, parsed))].sort()).toEqual([...expected].sort())
})
