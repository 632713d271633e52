import { chmod, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  type InstalledPackage,
  installPackage,
  isAlive,
  postgresOf,
  runToEnd,
  type StartedServer,
  startServer,
} from './installed.js'

// Packing and installing takes 15 s with a warm npm cache; without one, what the network takes.
jest.setTimeout(240_000)

const isRoot = process.geteuid?.() === 0

let installed: InstalledPackage

beforeAll(async () => {
  installed = await installPackage()
})

afterAll(async () => {
  await installed?.[Symbol.asyncDispose]()
})

describe('the tarball', () => {
  const paths = () => installed.packed.files.map(({ path }) => path)

  test('holds what runs, the migrations, the schema and what has to be read', () => {
    expect(paths()).toEqual(
      expect.arrayContaining([
        'package.json',
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'dist/src/cli/main.js',
        'dist/resolvers/index.js',
        'prisma/schema.prisma',
        'prisma/migrations/20261123000000_init/migration.sql',
        'schema/schema.graphql',
      ]),
    )
  })

  test('holds neither tests nor benchmarks, sources, installed packages, data or settings', () => {
    const strangers = paths().filter(
      (path) =>
        /(^|\/)(test|bench|node_modules|scripts|\.headwater|\.ci)\//.test(path) ||
        /\.(test\.\w+|tsbuildinfo|tgz|env)$/.test(path) ||
        /^(src|resolvers)\//.test(path),
    )
    expect(strangers).toEqual([])
  })

  test('is below 1 MB', () => {
    expect(installed.packed.size).toBeLessThan(1_000_000)
  })
})

async function ask(url: string, query: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  return { status: response.status, answer: await response.json() }
}

const RECORD = `mutation { recordMaterializations(input: { jobId: "job-1",
  assets: [{ key: "extract/claims", version: "v1" }], upstream: [{ key: "ocr/text" }] }) { duplicate } }`
const WALK = `{ lineage(root: { key: "extract/claims" }, direction: UPSTREAM) {
  nodes { asset { key } distance } completeness { complete } } }`
const WALKED = {
  status: 200,
  answer: {
    data: {
      lineage: {
        nodes: [
          { asset: { key: 'extract/claims' }, distance: 0 },
          { asset: { key: 'ocr/text' }, distance: 1 },
        ],
        completeness: { complete: true },
      },
    },
  },
}

/** Presses Ctrl-C, and makes sure that nothing is left. */
async function interrupted(server: StartedServer, dataFolder: string) {
  const postgres = await postgresOf(dataFolder)
  expect(postgres).toBeDefined()
  const end = await server.interrupt()
  expect(await postgresOf(dataFolder)).toBeUndefined()
  expect(isAlive(postgres ?? 0)).toBe(false)
  return end
}

test('installed in an empty folder that is closed to others, it records, walks, stops and finds its data again', async () => {
  const { folder, bin } = installed
  const dataFolder = join(folder, '.headwater')
  await chmod(folder, 0o700)

  const first = await startServer(folder, ['npx', 'headwater', 'serve'], { PORT: '0' })
  expect(first.greeting).toContain(dataFolder)
  expect(await ask(first.url, RECORD)).toEqual({
    status: 200,
    answer: { data: { recordMaterializations: { duplicate: false } } },
  })
  expect(await ask(first.url, WALK)).toEqual(WALKED)
  // Its end is npx's own, which differs between versions of npm.
  await interrupted(first, dataFolder)

  const second = await startServer(folder, [bin, 'serve'], { PORT: '0' })
  expect(await ask(second.url, WALK)).toEqual(WALKED)
  expect(await interrupted(second, dataFolder)).toEqual({ code: 0, signal: null })
})

describe('what can be foreseen to go wrong is one line, and exit code 1', () => {
  async function failure(variables: Record<string, string>): Promise<string> {
    const { code, stdout, stderr } = await runToEnd(installed.folder, [installed.bin, 'serve'], variables)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^headwater: [^\n]+\n$/)
    return stderr
  }

  test('a busy port', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => busy.once('listening', resolve))
    const address = busy.address()
    const port = address !== null && typeof address === 'object' ? String(address.port) : ''
    try {
      expect(await failure({ PORT: port })).toBe(
        `headwater: port ${port} on 127.0.0.1 is in use: stop what uses it, or set PORT to another\n`,
      )
    } finally {
      busy.close()
    }
  })

  test('a database that cannot be reached, whose password is not shown', async () => {
    expect(await failure({ PORT: '0', DATABASE_URL: 'postgresql://me:secret@127.0.0.1:1/mine' })).toBe(
      'headwater: the database at postgresql://127.0.0.1:1/mine cannot be reached (connect ECONNREFUSED 127.0.0.1:1): start it, or correct DATABASE_URL\n',
    )
  })

  test('a data folder that cannot be written', async () => {
    const closed = join(installed.folder, 'closed')
    await mkdir(closed, { mode: 0o500 })
    // Root may write everywhere but where there is nothing to write to.
    const dataFolder = isRoot ? '/sys/headwater' : join(closed, 'data')
    expect(await failure({ PORT: '0', HEADWATER_DATA_DIR: dataFolder })).toMatch(
      /: data folder \/.* (cannot be used|is on a read-only file system).* set HEADWATER_DATA_DIR to another folder\n$/,
    )
  })

  test('a data folder that another server uses', async () => {
    const { folder, bin } = installed
    const dataFolder = join(folder, 'shared')
    const variables = { PORT: '0', HEADWATER_DATA_DIR: dataFolder }
    const server = await startServer(folder, [bin, 'serve'], variables)
    try {
      expect(await failure(variables)).toMatch(
        /: data folder \/.*\/shared is in use by another Headwater \(pid \d+\): stop it, or set HEADWATER_DATA_DIR to another folder\n$/,
      )
    } finally {
      await server.interrupt()
    }
  })

  test('a setting that is out of bounds', async () => {
    expect(await failure({ PORT: '65536' })).toMatch(
      /^headwater: PORT: expected a whole number from 0 to 65535, got "65536"/,
    )
  })
})
