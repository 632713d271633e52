import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createFolder, type Folder, headwater, PROGRAM } from '../cli/run-headwater.js'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.js'
import { dumpRows } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook } from '../harness/webhooks.js'
import { startServer } from '../package/installed.js'

let server: TestServer
let folder: Folder
let file: string
let backedUp: Awaited<ReturnType<typeof dumpRows>>

const ODD = 'tab\there, new\\nline, back\\slash \u{1f600} "quoted" \\N'

beforeAll(async () => {
  server = await startTestServer()
  folder = await createFolder()
  file = join(folder.path, 'lineage.backup')
  await record(server, {
    idempotencyKey: 'key',
    materializedAt: minute(1),
    assets: [
      {
        key: 'report',
        description: ODD,
        metadata: { text: ODD, nested: [null, 1.5] },
        columns: [{ name: 'x' }],
      },
    ],
    upstream: [{ key: 'raw', version: 'v1' }],
  })
  const symlinks = { identifiers: [dataset('raw_v0')] }
  await sendEvents(server, [
    runEvent('dag.load', '1', 'COMPLETE', minute(2), { outputs: [dataset('raw', { facets: { symlinks } })] }),
  ])
  backedUp = await dumpRows(server)
  expect(await backUp(server.database.url, file)).toMatchObject({ code: 0, stderr: '' })
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const backUp = (url: string, to: string) => headwater(['backup', to], { variables: { DATABASE_URL: url } })
const restore = (database: TestDatabase, from: string) =>
  headwater(['restore', from], { variables: { DATABASE_URL: database.url } })

const rowsOf = (database: TestDatabase) => dumpRows({ database } as TestServer)

test('what is restored is what was backed up, row by row, and a server answers from it', async () => {
  await using database = await createEmptyDatabase()
  const { code, stdout, stderr } = await restore(database, file)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const rows = Object.values(backedUp).reduce((sum, { length }) => sum + length, 0)
  expect(stdout).toMatch(new RegExp(`: ${rows} rows restored, of 20.*Z, from Headwater \\d`))
  expect(await rowsOf(database)).toEqual(backedUp)
  await using restored = await startTestServer({ database })
  const answer = await walk(restored, 'report', { direction: 'UPSTREAM', scope: 'CURRENT' })
  expect(edgeNames(answer.edges)).toEqual(['raw>report'])
  await record(restored, { assets: [{ key: 'report' }], upstream: [{ key: 'new' }] })
  const { watermark } = await record(restored, { assets: [{ key: 'report' }], upstream: [{ key: 'new' }] })
  const after = await walk(restored, 'report', {
    direction: 'UPSTREAM',
    scope: 'CURRENT',
    atLeast: watermark,
  })
  expect(edgeNames(after.edges)).toEqual(['new>report'])
})

test('a backup is for its owner alone, and takes the place of the one before', async () => {
  const again = join(folder.path, 'again.backup')
  await backUp(server.database.url, again)
  expect((await backUp(server.database.url, again)).code).toBe(0)
  expect((await stat(again)).mode & 0o777).toBe(0o600)
  expect(await backUp(server.database.url, join(folder.path, 'none', 'x'))).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^headwater: cannot write .*ENOENT/),
  })
})

test('--without-tokens leaves them out: one that was revoked since would count again', async () => {
  await using guarded = await startGuardedServer()
  const token = await tokenFor(guarded, [grant('READ')])
  const from = join(folder.path, 'tokens.backup')
  await backUp(guarded.database.url, from)
  for (const [args, status] of [
    [[], 200],
    [['--without-tokens'], 401],
  ] as const) {
    await using database = await createEmptyDatabase()
    const run = await headwater(['restore', from, ...args], { variables: { DATABASE_URL: database.url } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    await using restored = await startGuardedServer({ database })
    expect((await callerOf(restored, token).ask('{ __typename }')).status).toBe(status)
  }
})

test('--without-webhooks leaves them out, with what they were to be told: a copy does not speak to their receivers', async () => {
  await using told = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '1' }).end()
  const { webhook } = await createWebhook(told, receiver.url, [
    'CHECK_FAILED',
    'ASSET_STALE',
    'DAG_RUN_INCOMPLETE',
  ])
  await check(told, 'a', 'in range')
  await receiver.until(({ received }) => received.length === 1)
  const from = join(folder.path, 'webhooks.backup')
  await backUp(told.database.url, from)
  await told.stop()
  receiver.answering = take
  for (const [args, ids] of [
    [['--without-webhooks'], []],
    [[], [webhook.id]],
  ] as const) {
    await using database = await createEmptyDatabase()
    const run = await headwater(['restore', from, ...args], { variables: { DATABASE_URL: database.url } })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const rows = Object.entries(await rowsOf(database)).filter(([name]) => name.startsWith('webhook'))
    if (ids.length === 0) expect(rows.map(([, { length }]) => length)).toEqual(rows.map(() => 0))
    await using restored = await startTestServer({ database, variables: RECEIVED_HERE })
    const found = await restored.query<{ webhooks: { nodes: { id: string }[] } }, undefined>(
      '{ webhooks { nodes { id } } }',
    )
    expect(found.webhooks.nodes.map(({ id }) => id)).toEqual(ids)
    if (ids.length > 0) await receiver.until((all) => all.taken().length === 1)
    else {
      await createWebhook(restored, receiver.url, ['CHECK_FAILED'])
      await check(restored, 'a', 'of the copy')
      await receiver.until((all) => all.taken().length === 1)
      expect(receiver.received.at(-1)?.data).toMatchObject({ check: { name: 'of the copy' } })
      receiver.received.length = 0
    }
  }
})

test('killed half way it leaves no file that looks whole', async () => {
  const at = join(folder.path, 'killed.backup')
  await whileHolding(server.database, 'LOCK TABLE run IN ACCESS EXCLUSIVE MODE', async (untilBlocked) => {
    const killed = await headwater(['backup', at], {
      variables: { DATABASE_URL: server.database.url },
      killedBy: untilBlocked(1, 'headwater backup'),
    })
    expect(killed.code).toBeNull()
  })
  const left = (await readdir(folder.path)).filter((name) => name.startsWith('killed.backup'))
  expect(left).toEqual([expect.stringMatching(/\.part$/)])
  await using database = await createEmptyDatabase()
  const { code, stderr } = await restore(database, join(folder.path, left[0] ?? ''))
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^headwater: (the backup is not whole|this is no backup of Headwater)/),
  ])
  expect((await backUp(server.database.url, at)).code).toBe(0)
})

test('what is written meanwhile is in it whole or not at all', async () => {
  await using busy = await startTestServer()
  let isDone = false
  const write = async (name: string) => {
    for (let at = 0; !isDone; at++)
      await record(busy, {
        assets: Array.from({ length: 20 }, (_, place) => ({ key: `${name} ${place}` })),
        upstream: [{ key: `raw ${at % 7}` }],
      })
  }
  const writers = ['a', 'b', 'c', 'd'].map(write)
  const at = join(folder.path, 'busy.backup')
  const { code } = await backUp(busy.database.url, at)
  isDone = true
  await Promise.all(writers)
  expect(code).toBe(0)
  await using database = await createEmptyDatabase()
  expect((await restore(database, at)).code).toBe(0)
  const [{ rows } = { rows: 0 }] = await database.sql<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM materialization',
  )
  expect(rows % 20).toBe(0)
  expect(rows).toBeGreaterThan(0)
  const check = await headwater(['rebuild', '--check'], { variables: { DATABASE_URL: database.url } })
  expect(check.stdout).toMatch(/\nnothing was wrong\n$/)
})

test('a backup that was cut, or changed, restores nothing; the database can take a whole one then', async () => {
  await using database = await createEmptyDatabase()
  const bytes = await readFile(file)
  const plain = gunzipSync(bytes)
  const changed = Buffer.from(plain)
  const at = changed.indexOf('report')
  changed.write('resort', at)
  const faults: [string, Buffer][] = [
    ['cut in the middle', bytes.subarray(0, bytes.length >> 1)],
    ['cut at its end', bytes.subarray(0, bytes.length - 1)],
    ['without its digest', gzipSync(plain.subarray(0, plain.length - 37))],
    ['changed in one word', gzipSync(changed)],
    ['longer', gzipSync(Buffer.concat([plain, Buffer.from('x')]))],
    ['of nothing', Buffer.alloc(0)],
  ]
  for (const [name, content] of faults) {
    const bad = await folder.put('bad.backup', content)
    const { code, stdout, stderr } = await restore(database, bad)
    expect([name, code, stdout]).toEqual([name, 1, ''])
    expect(stderr).toMatch(/^headwater: (the backup is not whole|this is no backup of Headwater)/)
  }
  const filled = Object.entries(await rowsOf(database)).filter(([, rows]) => rows.length > 0)
  expect(filled).toEqual([])
  expect((await restore(database, file)).code).toBe(0)
  expect(await rowsOf(database)).toEqual(backedUp)
})

test('a database that is not empty, a file that is none, and a backup of a newer version are refused', async () => {
  expect(await restore(server.database, file)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'headwater: the database is not empty: give an empty one, which no server uses, by DATABASE_URL or HEADWATER_DATA_DIR\n',
  })
  expect(await dumpRows(server)).toEqual(backedUp)
  await using other = await createEmptyDatabase()
  await other.sql('CREATE TABLE mine (id int)')
  expect((await restore(other, file)).stderr).toMatch(/the database is not empty/)
  expect((await restore(other, join(folder.path, 'none'))).stderr).toMatch(
    /^headwater: cannot read .*none: ENOENT/,
  )

  const newer = gunzipSync(await readFile(file))
    .toString('latin1')
    .replace('_init"', '_then"')
  const bad = await folder.put('newer.backup', gzipSync(Buffer.from(newer, 'latin1')))
  await using database = await createEmptyDatabase()
  expect((await restore(database, bad)).stderr).toMatch(
    /whose migration 20261123000000_then this version does not know: use that version, or a newer one\n$/,
  )
})

test('of the embedded PostgreSQL: backed up while its server runs, restored into a new folder', async () => {
  const RECORD =
    'mutation { recordMaterializations(input: { jobId: "j", assets: [{ key: "made" }] }) { duplicate } }'
  const ask = async (url: string, query: string) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return response.json()
  }
  const serve = (data: string) =>
    startServer(folder.path, [process.execPath, PROGRAM, 'serve'], { PORT: '0', HEADWATER_DATA_DIR: data })
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
  const first = await serve(from)
  const own = join(folder.path, 'embedded.backup')
  try {
    await ask(first.url, RECORD)
    const variables = { HEADWATER_DATA_DIR: from }
    expect(await headwater(['backup', own], { variables })).toMatchObject({ code: 0, stderr: '' })
    expect((await headwater(['restore', own], { variables })).stderr).toMatch(
      /is in use by another Headwater/,
    )
  } finally {
    await first.interrupt()
  }
  const { code, stderr } = await headwater(['restore', own], { variables: { HEADWATER_DATA_DIR: to } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const second = await serve(to)
  try {
    expect(await ask(second.url, '{ asset(key: "made") { key } }')).toEqual({
      data: { asset: { key: 'made' } },
    })
  } finally {
    await second.interrupt()
  }
}, 90_000)

/** A pg_dump that is new enough for the server of the tests; null where there is none. */
async function findPgDump(): Promise<string | null> {
  const [{ major } = { major: 0 }] = await server.database.sql<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  )
  const version = await promisify(execFile)('pg_dump', ['--version']).catch(() => ({ stdout: '' }))
  return Number(/ (\d+)/.exec(version.stdout)?.[1] ?? 0) >= major ? 'pg_dump' : null
}

test('what pg_dump writes pg_restore restores', async () => {
  const pgDump = await findPgDump()
  const dump = join(folder.path, 'lineage.dump')
  await using database = await createEmptyDatabase()
  const run = promisify(execFile)
  if (pgDump === null) {
    // It says so itself, as docs/operations.md does: then only headwater backup can.
    await expect(run('pg_dump', ['--format=custom', `--file=${dump}`, server.database.url])).rejects.toThrow(
      /server version mismatch|ENOENT/,
    )
    return
  }
  await run(pgDump, ['--format=custom', `--file=${dump}`, server.database.url])
  await run('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${database.url}`, dump])
  expect(await rowsOf(database)).toEqual(backedUp)
  await using restored = await startTestServer({ database })
  const { edges } = await walk(restored, 'report', { direction: 'UPSTREAM', scope: 'CURRENT' })
  expect(edgeNames(edges)).toEqual(['raw>report'])
})
