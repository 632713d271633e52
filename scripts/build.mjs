#!/usr/bin/env node
// Builds dist/: Prisma's client, where schema.prisma is newer than it, then everything that TypeScript has to compile;
// clients/typescript/dist, the package that goes to npm by itself; and the explorer, for browsers.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

/** Runs the program of an installed package; what it prints is shown only if it fails, and that ends it all. */
function run(packageName, program, args, { variables = {}, mayFail = false } = {}) {
  const manifest = require.resolve(`${packageName}/package.json`)
  const script = join(dirname(manifest), require(manifest).bin[program])
  const result = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...variables },
    encoding: 'utf8',
  })
  if (result.status !== 0 && !mayFail) {
    process.stderr.write(`${program} ${args.join(' ')} failed\n${result.stdout}${result.stderr}`)
    process.exit(1)
  }
}

const changedAt = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** When something in these folders was changed last. */
function newestIn(...folders) {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, path)),
  )
  return Math.max(...paths.map(changedAt))
}

/** `mayFail`: compile even what does not type-check, as while generated types are older than what they are made from. */
export async function build({ mayFail = false } = {}) {
  if (changedAt('prisma/generated/client.ts') <= changedAt('prisma/schema.prisma')) {
    // Without this variable Prisma looks for a native engine, on the network, that `generate` does not use.
    run('prisma', 'prisma', ['generate'], { variables: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath } })
  }
  run('typescript', 'tsc', ['-p', 'tsconfig.json'], { mayFail })
  run('typescript', 'tsc', ['-p', 'clients/typescript/tsconfig.json'], { mayFail })
  if (newestIn('explorer', 'clients/typescript/src') > changedAt('dist/explorer/index.html'))
    run('vite', 'vite', ['build', 'explorer', '--logLevel', 'warn'], { mayFail })
  // What the explorer records where somebody wants to look around first.
  const { demoRecordings } = await import(pathToFileURL(join(root, 'dist/src/cli/demo/pipeline.js')).href)
  mkdirSync(join(root, 'dist/explorer'), { recursive: true })
  writeFileSync(join(root, 'dist/explorer/demo.json'), JSON.stringify(demoRecordings()))
  chmodSync(join(root, 'dist/src/cli/main.js'), 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
