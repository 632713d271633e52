import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { createEmptyDatabase } from '../harness/database.js'
import { clear, dumpRows } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'
import { headwater, type RunOptions } from './run-headwater.js'

let server: TestServer
beforeAll(async () => {
  // It learns of the rebuild when it is asked to, and not before.
  server = await startTestServer({ variables: { HEADWATER_GRAPH_POLL_MS: '600000' } })
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const rebuild = (args: string[] = [], options: RunOptions = {}) =>
  headwater(['rebuild', ...args], { ...options, variables: { DATABASE_URL: server.database.url } })

const described = { documentation: { description: 'Cleaned every day.' } }
const dropped = { lifecycleStateChange: { lifecycleStateChange: 'DROP' } }

/** raw > clean > report, where clean is made by a run, and report was recorded; old was dropped. */
async function makeHistory(): Promise<void> {
  await sendEvents(server, [
    runEvent('dag.load', '1', 'START', minute(1), { inputs: [dataset('raw')] }),
    runEvent('dag.load', '1', 'COMPLETE', minute(2), {
      inputs: [dataset('raw')],
      outputs: [dataset('clean', { facets: described })],
    }),
    runEvent('dag.drop', '2', 'COMPLETE', minute(3), { outputs: [dataset('old', { facets: dropped })] }),
  ])
  await record(server, {
    materializedAt: minute(5),
    assets: [{ key: 'report', upstream: [{ namespace: 'lake', key: 'clean' }] }],
  })
}

const currentEdges = async () =>
  edgeNames((await walk(server, 'report', { direction: 'UPSTREAM', scope: 'CURRENT' })).edges)

const blockedRebuild = async () => {
  for (;;) {
    const [row] = await server.database.sql<{ isBlocked: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = 'headwater rebuild' AND wait_event_type = 'Lock') AS "isBlocked"`,
    )
    if (row?.isBlocked) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const LOSE_LATEST = 'DELETE FROM latest_materialization'

test('what is right stays as it is', async () => {
  await makeHistory()
  const before = await dumpRows(server)
  for (const args of [['--check'], []]) {
    expect(await rebuild(args)).toEqual({
      code: 0,
      stdout: `${withoutUser(server.database.url)}: ${args.length > 0 ? 'checked against' : 'rebuilt from'} 3 events and 1 recorded materialization\nnothing was wrong\n`,
      stderr: '',
    })
  }
  expect(await dumpRows(server)).toEqual(before)
})

test('what is wrong is said by --check, which changes nothing, and mended otherwise; servers see it', async () => {
  await makeHistory()
  const before = await dumpRows(server)
  expect(await currentEdges()).toEqual(['clean>report', 'raw>clean'])
  await server.database.sql(LOSE_LATEST)
  await server.database.sql('TRUNCATE run')
  await server.database.sql('UPDATE lineage_edge_stats SET materialization_count = 7')
  const damaged = await dumpRows(server)

  const check = await rebuild(['--check'])
  expect(check).toMatchObject({ code: 1, stderr: '' })
  expect(check.stdout.split('\n').slice(1)).toEqual([
    '6 rows were wrong, and still are',
    '  run: 2 missing',
    '  latest_materialization: 2 missing',
    '  lineage_edge_stats: 2 different',
    '',
  ])
  expect(await dumpRows(server)).toEqual(damaged)

  await server.seeDatabase('anew')
  expect(await currentEdges()).toEqual([])
  const mended = await rebuild()
  expect(mended).toMatchObject({ code: 0, stderr: '' })
  expect(mended.stdout.split('\n').slice(1, 3)).toEqual(['6 rows were wrong', '  run: 2 missing'])
  expect(await dumpRows(server)).toEqual(before)
  await server.seeDatabase('added')
  expect(await currentEdges()).toEqual(['clean>report', 'raw>clean'])
})

test('what events say of assets is said again', async () => {
  await makeHistory()
  const before = await dumpRows(server)
  await server.database.sql('UPDATE asset_state SET description = NULL, description_at = NULL')
  await server.database.sql('TRUNCATE asset_lifecycle')
  const { stdout } = await rebuild()
  expect(stdout).toMatch(/\n {2}asset_lifecycle: 1 missing\n {2}asset_state: 1 different\n$/)
  expect(await dumpRows(server)).toEqual(before)
})

test('what an operator has restored, or said otherwise, stays', async () => {
  await makeHistory()
  await server.query('mutation { restoreAsset(asset: { namespace: "lake", key: "old" }) { key } }')
  await server.query(
    'mutation { updateAsset(input: { asset: { namespace: "lake", key: "clean" }, description: "Mine." }) { key } }',
  )
  const before = await dumpRows(server)
  expect((await rebuild()).stdout).toMatch(/\nnothing was wrong\n$/)
  expect(await dumpRows(server)).toEqual(before)
})

test('names come back, and what is recorded under one that stands for another is moved', async () => {
  await makeHistory()
  const symlinks = { identifiers: [dataset('raw_v0')] }
  await sendEvents(server, [
    runEvent('dag.load', '3', 'COMPLETE', minute(6), { outputs: [dataset('raw', { facets: { symlinks } })] }),
  ])
  const before = await dumpRows(server)
  const { sql } = server.database
  await sql(`INSERT INTO asset (id, namespace, key, sort_key, created_at)
    SELECT id, namespace, key, namespace || chr(1) || key, now() FROM asset_name WHERE is_alias`)
  await sql(`INSERT INTO asset_state (asset_id, kind, updated_at)
    SELECT id, 'json', '2026-01-01' FROM asset_name WHERE is_alias`)
  await sql('TRUNCATE asset_name')
  const { stdout } = await rebuild()
  expect(stdout).toMatch(/\n {2}asset_name: 2 missing\n {2}asset: 1 too many\n/)
  expect(await dumpRows(server)).toEqual(before)
})

test('killed before it is done it leaves everything as it was', async () => {
  await makeHistory()
  const before = await dumpRows(server)
  await server.database.sql(LOSE_LATEST)
  const damaged = await dumpRows(server)
  await whileHolding(server.database, 'LOCK TABLE asset_lifecycle IN ROW EXCLUSIVE MODE', async () => {
    // By then everything is replayed.
    const killed = await rebuild([], { killedBy: blockedRebuild() })
    expect(killed).toMatchObject({ code: null, stdout: '' })
  })
  expect(await dumpRows(server)).toEqual(damaged)
  expect((await rebuild()).code).toBe(0)
  expect(await dumpRows(server)).toEqual(before)
})

test('what is written meanwhile is taken in', async () => {
  await makeHistory()
  await server.database.sql(LOSE_LATEST)
  const { running, sent } = await whileHolding(
    server.database,
    'LOCK TABLE asset_lifecycle IN ROW EXCLUSIVE MODE',
    async () => {
      const running = rebuild()
      await blockedRebuild()
      // Both wait in a line behind the rebuild, or before it where it gives way.
      const sent = Promise.all([
        sendEvents(server, [
          runEvent('dag.load', '1', 'COMPLETE', minute(9), { outputs: [dataset('clean')] }),
        ]),
        record(server, { materializedAt: minute(9), assets: [{ key: 'report' }] }),
      ])
      return { running, sent }
    },
  )
  await sent
  expect(await running).toMatchObject({ code: 0, stderr: '' })
  expect((await rebuild(['--check'])).stdout).toMatch(/4 events .*\nnothing was wrong\n$/)
})

test('events that have come since it has read the others are replayed too', async () => {
  await makeHistory()
  await server.database.sql('TRUNCATE run')
  const late = runEvent('dag.load', '1', 'COMPLETE', minute(9), { outputs: [dataset('clean')] })
  // Its transaction began first, and commits while the rebuild waits.
  const writer = await server.database.connect()
  await writer.query('BEGIN')
  await writer.query('LOCK TABLE openlineage_event IN ROW EXCLUSIVE MODE')
  await writer.query(`INSERT INTO openlineage_event VALUES (sha256('late'), NULL, $1, now(), $2)`, [
    minute(9),
    JSON.stringify(late),
  ])
  const running = rebuild()
  await blockedRebuild()
  await writer.query('COMMIT')
  await writer.end()
  expect((await running).stdout).toMatch(/: rebuilt from 4 events /)
  const [run] = await server.database.sql<{ ended_at: Date }>(
    `SELECT ended_at FROM run WHERE job_name = 'dag.load'`,
  )
  expect(run?.ended_at.toISOString()).toBe(minute(9))
})

test('a run whose events are gone stays, with all that it has made', async () => {
  await makeHistory()
  await server.database.sql(`DELETE FROM openlineage_event WHERE body LIKE '%dag.load%'`)
  const before = await dumpRows(server)
  expect(await rebuild()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /from 1 event and .*\n1 run stays as it is: of its events some are gone, or cannot be read\nnothing was wrong\n$/,
    ),
  })
  expect(await dumpRows(server)).toEqual(before)
})

test('so does one of which an event cannot be read any more; that is named', async () => {
  await makeHistory()
  await server.database.sql(
    `UPDATE openlineage_event SET body = '{"eventTime":"soon"}' WHERE body LIKE '%dag.load%' AND body LIKE '%START%'`,
  )
  const before = await dumpRows(server)
  const { code, stdout, stderr } = await rebuild()
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^event [0-9a-f]{64}: \$\.eventTime: expected a time .*, got "soon"\n$/),
  })
  expect(stdout).toMatch(/\n1 run stays as it is.*\nnothing was wrong\n$/)
  expect(await dumpRows(server)).toEqual(before)
})

test('of two at once the second says so', async () => {
  await whileHolding(server.database, 'SELECT pg_advisory_xact_lock(72707370)', async () => {
    expect(await rebuild()).toEqual({
      code: 1,
      stdout: '',
      stderr: 'headwater: this database is being rebuilt already: wait until that is done\n',
    })
  })
})

test('a new database gets its tables, and has nothing wrong', async () => {
  await using database = await createEmptyDatabase()
  const { code, stdout } = await headwater(['rebuild'], { variables: { DATABASE_URL: database.url } })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/nothing was wrong\n$/) })
})

function withoutUser(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
