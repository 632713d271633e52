import { execFile } from 'node:child_process'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { startTestServer } from '../harness/server.js'
import { environment, type Packed } from './installed.js'

jest.setTimeout(120_000)

const ROOT = dirname(dirname(import.meta.dirname))
const CLIENT = join(ROOT, 'clients/typescript')

let folder: string
let packed: Packed

const run = (program: string, cwd: string, ...args: string[]) =>
  promisify(execFile)(program, args, { cwd, env: environment({}) })

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'headwater-client-')))
  const { stdout } = await run('npm', CLIENT, 'pack', '--json', '--pack-destination', folder)
  const [first] = JSON.parse(stdout.slice(stdout.indexOf('['))) as Packed[]
  if (first === undefined) throw new Error(`npm pack said nothing: ${stdout}`)
  packed = first
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  // Nothing has to be fetched for a package without dependencies.
  await run('npm', folder, 'install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the tarball holds the built package with its types, and no sources', async () => {
  const paths = packed.files.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']),
  )
  expect(
    paths.filter((path) => !/^(LICENSE|README\.md|package\.json|dist\/.*\.(js|d\.ts))$/.test(path)),
  ).toEqual([])
  expect(packed.size).toBeLessThan(100_000)
  const manifest = JSON.parse(await readFile(join(CLIENT, 'package.json'), 'utf8'))
  expect(manifest).not.toHaveProperty('dependencies')
})

test('installed in an empty folder, it records and walks in ten lines', async () => {
  await using server = await startTestServer()
  const program = `import { AssetTracker, LineageClient } from '@headwater/client'
const client = new LineageClient({ url: process.argv[2] })
const tracker = new AssetTracker({ client, onError: 'raise' })
const version = await AssetTracker.computeAssetVersion({ codeFingerprint: 'git:abcd1234' })
await tracker.recordMaterializations({
  jobId: 'extract-42',
  assets: [{ assetKey: 'extract/claims', version }],
  upstreamAssets: [['ocr/text', 'v7']],
})
const { nodes } = await client.wholeLineage({ root: 'ocr/text', direction: 'DOWNSTREAM' })
process.stdout.write(nodes.map(({ asset, distance }) => asset.key + '@' + distance).join(' '))`
  await writeFile(join(folder, 'program.js'), program)
  const { stdout, stderr } = await run(process.execPath, folder, 'program.js', server.url)
  expect({ stdout, stderr }).toEqual({ stdout: 'ocr/text@0 extract/claims@1', stderr: '' })
})

test('installed from the folder of a checkout that was built, it is there', async () => {
  const project = await realpath(await mkdtemp(join(tmpdir(), 'headwater-project-')))
  try {
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    await run('npm', project, 'install', '--offline', '--no-audit', '--no-fund', CLIENT)
    const program = `import { LineageClient } from '@headwater/client'
process.stdout.write(String(new LineageClient().url))`
    await writeFile(join(project, 'program.js'), program)
    const { stdout } = await run(process.execPath, project, 'program.js')
    expect(stdout).toBe('http://127.0.0.1:4000/graphql')
  } finally {
    await rm(project, { recursive: true, force: true })
  }
})

test('its types are found, and tell what is wrong', async () => {
  const program = `import { LineageClient, type LineageGraph } from '@headwater/client'
const client = new LineageClient()
export const graph: Promise<LineageGraph> = client.lineage({ root: 'a', direction: 'UPSTREAM' })
// @ts-expect-error a direction is one of three
client.lineage({ root: 'a', direction: 'SIDEWAYS' })
`
  await writeFile(join(folder, 'program.ts'), program)
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const strict = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noEmit',
    '--types',
    '',
    '--lib',
    'ES2022,DOM,DOM.AsyncIterable',
  ]
  // A consumer in a browser has no types of Node, and checks what it installs.
  await run(
    process.execPath,
    folder,
    tsc,
    ...strict,
    '--module',
    'nodenext',
    '--target',
    'ES2022',
    'program.ts',
  )
})
