import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { transformFile } from '@swc/core'
import pg from 'pg'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.js'

const isRoot = process.geteuid?.() === 0
const sources = join(import.meta.dirname, '../../src/embedded-postgres')
const toStop: (() => Promise<void>)[] = []
let room: string
let program: string

beforeAll(async () => {
  // Not os.tmpdir(): its path may be long, and the tests of long paths choose their own length.
  room = await realpath(await mkdtemp('/tmp/hw-test-'))
  await chmod(room, 0o755)
  program = await compile()
})

afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop()
})

afterAll(() => rm(room, { recursive: true, force: true }))

test('the first start makes the database, and the second finds its data', async () => {
  const dataFolder = join(room, 'made', 'on the way')
  const first = await start(dataFolder)
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n')
  expect(
    await query(
      first.url,
      "SELECT current_user AS u, 'ä' > 'z' AS sorted, setting FROM pg_settings WHERE name = 'fsync'",
    ),
  ).toEqual([{ u: 'headwater', sorted: true, setting: 'on' }])
  await first.stop()

  const second = await start(dataFolder)
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
})

test('stop may be called twice and leaves no process, no socket and no lock', async () => {
  const dataFolder = join(room, 'stopped')
  const { stop } = await start(dataFolder)
  const pid = await postmasterPid(dataFolder)
  await Promise.all([stop(), stop()])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(await readdir(dataFolder)).toEqual(['cluster'])
  expect((await readdir(join(dataFolder, 'cluster'))).filter((name) => /pid|PGSQL/.test(name))).toEqual([])
})

test('of two starts at once one wins, and the other says who has the folder', async () => {
  const dataFolder = join(room, 'contested')
  const [won, lost] = await race(dataFolder)
  expect(won).toHaveLength(1)
  expect(lost).toEqual([
    `data folder ${dataFolder} is in use by another Headwater (pid ${process.pid}): ` +
      'stop it, or set HEADWATER_DATA_DIR to another folder',
  ])
})

test('after kill -9 of its owner the folder is taken over at once, by one only, with all data', async () => {
  const dataFolder = join(room, 'orphaned')
  const owner = await startInChild(dataFolder)
  await query(owner.url, 'CREATE TABLE kept AS SELECT 1 AS n')
  const orphan = await postmasterPid(dataFolder)
  owner.child.kill('SIGKILL')
  await once(owner.child, 'exit')
  expect(process.kill(orphan, 0)).toBe(true)

  const [won, lost] = await race(dataFolder)
  expect([won.length, lost.length]).toEqual([1, 1])
  expect(await query(won[0]?.url ?? '', 'SELECT n FROM kept')).toEqual([{ n: 1 }])
  expect(await postmasterPid(dataFolder)).not.toBe(orphan)
})

test('Ctrl+C, which the terminal sends to the whole process group, does not end postgres', async () => {
  const owner = await startInChild(join(room, 'interrupted'))
  process.kill(-(owner.child.pid ?? Number.NaN), 'SIGINT')
  await once(owner.lines, 'line')
  expect(await query(owner.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
})

test('lock files whose pid belongs to an unrelated process by now do not stop the start', async () => {
  const dataFolder = join(room, 'reused')
  await (await start(dataFolder)).stop()
  await writeFile(
    join(dataFolder, 'cluster', 'postmaster.pid'),
    `${process.pid}\n${dataFolder}\n1\n5432\n.\n\n1 1\n`,
  )
  await writeFile(join(dataFolder, 'cluster', '.s.PGSQL.5432.lock'), `${process.pid}\n`)
  await mkdir(join(dataFolder, 'lock'))
  await writeFile(
    join(dataFolder, 'lock', 'token'),
    JSON.stringify({ pid: process.pid, started: 'long ago' }),
  )
  await start(dataFolder)
})

test('a path too long for a socket works, and leaves nothing in the temporary folder', async () => {
  const before = await readdir('/tmp')
  const postgres = await start(join(room, 'long'.repeat(30), 'path'.repeat(20)))
  expect(await query(postgres.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  await postgres.stop()
  expect(
    (await readdir('/tmp')).filter((name) => /^headwater-[^-]{6}$/.test(name) && !before.includes(name)),
  ).toEqual([])
})

test('a path with spaces, percent signs and other letters works', async () => {
  const postgres = await start(join(room, "a b%20c+d?e&f#g'h é"))
  expect(await query(postgres.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  expect(new URL(postgres.url).searchParams.get('host')).toBe(join(postgres.dataFolder, 'cluster'))
})

test('what an interrupted initdb left is no cluster, and is cleared away', async () => {
  const dataFolder = join(room, 'half')
  await mkdir(join(dataFolder, 'cluster.new-abc', 'base'), { recursive: true })
  await writeFile(join(dataFolder, 'cluster.new-abc', 'PG_VERSION'), '18\n')
  await start(dataFolder)
  expect((await readdir(dataFolder)).sort()).toEqual(['cluster', 'lock'])
})

test('an exit that nobody asked for is reported', async () => {
  const dataFolder = join(room, 'crashed')
  const postgres = await start(dataFolder)
  const reason = new Promise((resolve) => postgres.onUnexpectedExit(resolve))
  process.kill(await postmasterPid(dataFolder), 'SIGKILL')
  expect(await reason).toBe('PostgreSQL exited with SIGKILL')
  await postgres.stop()
  expect(await query((await start(dataFolder)).url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
})

test('settings override the defaults, and a wrong one is named', async () => {
  const dataFolder = join(room, 'settings')
  const postgres = await start(dataFolder, { max_connections: '20', listen_addresses: '127.0.0.1' })
  expect(
    await query(
      postgres.url,
      "SELECT current_setting('max_connections') AS m, current_setting('listen_addresses') AS l",
    ),
  ).toEqual([{ m: '20', l: '' }])
  await postgres.stop()
  expect(await refusal(dataFolder, { max_conections: '20' })).toBe(
    `PostgreSQL's postgres failed (FATAL:  unrecognized configuration parameter "max_conections"): correct this setting`,
  )
})

test('folders that cannot hold the data are refused in one line that says what to do', async () => {
  const file = join(room, 'file')
  await writeFile(file, '')
  expect(await refusal(file)).toMatch(
    /^data folder .*file is not a folder \(.*\): remove what is there, or set HEADWATER_DATA_DIR/,
  )
  expect(await refusal(join(file, 'below'))).toMatch(/^data folder .*below is not a folder/)
  // Linux alone has /proc, where nothing can be made and Node's own recursive mkdir never ends.
  if (process.platform === 'linux') {
    expect(await refusal('/proc/headwater/data')).toMatch(
      /^data folder \/proc\/headwater\/data cannot be made/,
    )
  }

  const foreign = join(room, 'foreign')
  await mkdir(foreign)
  await writeFile(join(foreign, 'thesis.txt'), '')
  expect(await refusal(foreign)).toBe(
    `data folder ${foreign} holds files that are not Headwater's (thesis.txt): ` +
      'empty it, or set HEADWATER_DATA_DIR to another folder',
  )

  const old = join(room, 'old')
  await mkdir(join(old, 'cluster'), { recursive: true })
  await writeFile(join(old, 'cluster', 'PG_VERSION'), '17\n')
  if (isRoot) await chown(join(old, 'cluster'), 65534, 65534)
  expect(await refusal(old)).toMatch(
    /^data folder .* holds data of PostgreSQL 17, and this Headwater brings PostgreSQL 18: /,
  )
  expect(await readdir(old)).toEqual(['cluster'])
})

test('an ordinary user is served as well, and told of a folder that is not writable', async () => {
  const mine = join(room, 'of a user')
  const closed = join(room, 'closed')
  await mkdir(mine)
  if (isRoot) await chown(mine, 65534, 65534)
  await mkdir(closed, { mode: 0o500 })
  const owner = await startInChild(mine, isRoot ? { uid: 65534, gid: 65534 } : {})
  expect(owner.child.kill('SIGTERM')).toBe(true)
  await once(owner.child, 'exit')
  expect((await readdir(mine)).sort()).toContain('cluster')
  await expect(startInChild(closed, isRoot ? { uid: 65534, gid: 65534 } : {})).rejects.toThrow(
    /^EmbeddedPostgresError: data folder .*closed cannot be used \(EACCES: .*\): make it writable for the user/,
  )
})

async function start(dataFolder: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataFolder, settings })
  toStop.push(postgres.stop)
  return postgres
}

async function race(dataFolder: string): Promise<[EmbeddedPostgres[], string[]]> {
  const results = await Promise.allSettled([start(dataFolder), start(dataFolder)])
  return [
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    results.flatMap((result) => (result.status === 'rejected' ? [result.reason.message] : [])),
  ]
}

async function refusal(dataFolder: string, settings: Record<string, string> = {}): Promise<string> {
  const error = await start(dataFolder, settings).catch((error: unknown) => error)
  expect(error).toMatchObject({ name: 'EmbeddedPostgresError' })
  const message = error instanceof Error ? error.message : ''
  expect(message).not.toContain('\n')
  return message
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function postmasterPid(dataFolder: string): Promise<number> {
  return Number((await readFile(join(dataFolder, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

interface Owner {
  readonly url: string
  readonly child: ChildProcess
  readonly lines: ReturnType<typeof createInterface>
}

/** A process of its own that starts postgres, says its URL, and says so when it is interrupted. */
async function startInChild(dataFolder: string, user: { uid?: number; gid?: number } = {}): Promise<Owner> {
  const child = spawn(process.execPath, [program, dataFolder], {
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: join(room, `cache-${user.uid ?? 'own'}`) },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  })
  toStop.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = await once(lines, 'line')
  if (!String(line).startsWith('postgresql:')) throw new Error(line)
  return { url: line, child, lines }
}

/** Node alone cannot run TypeScript. */
async function compile(): Promise<string> {
  const folder = join(room, 'program')
  await mkdir(folder)
  await symlink(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const name of await readdir(sources)) {
    const { code } = await transformFile(join(sources, name), {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    })
    await writeFile(join(folder, name.replace(/\.ts$/, '.js')), code)
  }
  await writeFile(
    join(folder, 'owner.js'),
    `import { startEmbeddedPostgres } from './embedded-postgres.js'
     process.on('SIGINT', () => console.log('interrupted'))
     try {
       const { url, stop } = await startEmbeddedPostgres({ dataFolder: process.argv[2] })
       process.on('SIGTERM', () => stop().then(() => process.exit()))
       console.log(url)
     } catch (error) {
       console.log(String(error))
     }`,
  )
  return join(folder, 'owner.js')
}
