import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import pg from 'pg'
import { headwater, type RunOptions } from '../cli/run-headwater.js'
import { age } from '../harness/age.js'
import { clear } from '../harness/dump.js'
import { whileHolding } from '../harness/locks.js'
import * as pruning from '../harness/pruning.js'
import { daysAgo } from '../harness/pruning.js'
import { inputsOf, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const prune = (args: string[], options: RunOptions = {}) => pruning.prune(server, args, options)
const countOf = (table: string) => pruning.countOf(server, table)

test('an input says what it was also where its materialization is replaced while that is being pruned', async () => {
  for (const days of [200, 150, 120])
    await record(server, { materializedAt: daysAgo(days), assets: [{ key: 'raw', version: `v${days}` }] })
  const { materializations } = await record(server, {
    materializedAt: daysAgo(160),
    assets: [{ key: 'report' }],
    upstream: [{ key: 'raw' }],
  })
  await record(server, { materializedAt: daysAgo(100), assets: [{ key: 'report' }] })
  await age(server)
  await pruneBeside(
    '2',
    'CREATE TEMP TABLE former ON COMMIT DROP AS SELECT * FROM materialization_input',
    'DELETE FROM materialization_input',
    'INSERT INTO materialization_input SELECT * FROM former',
  )
  const [input] = await inputsOf(server, materializations[0]?.id ?? '')
  expect(input).toMatchObject({ version: 'v200', materialization: null })
  expect(await server.database.sql('SELECT FROM materialization_input WHERE pruned_id IS NULL')).toEqual([])
})

test('a schema that is stated again while it is being pruned stays', async () => {
  const columns = ['a', 'b', 'c'].map((name) => ({ name }))
  for (const [at, days] of [200, 150, 100].entries())
    await record(server, {
      materializedAt: daysAgo(days),
      assets: [{ key: 'wide', columns: columns.slice(0, at + 1) }],
    })
  await age(server)
  const isOfOne = 'jsonb_array_length(columns) = 1'
  const { stdout } = await pruneBeside(
    '1',
    // As a recording of a time long ago states it: nothing of the schema changes.
    `INSERT INTO asset_schema AS s SELECT * FROM asset_schema WHERE ${isOfOne}
     ON CONFLICT (asset_id, hash) DO UPDATE SET stated_at = excluded.stated_at WHERE excluded.stated_at > s.stated_at`,
    `INSERT INTO materialization_schema SELECT asset_id, gen_random_uuid(), hash FROM asset_schema WHERE ${isOfOne}`,
  )
  expect(stdout).toContain('\n  asset_schema: 1\n')
  expect(
    await server.database.sql('SELECT jsonb_array_length(columns) AS columns FROM asset_schema ORDER BY 1'),
  ).toEqual([{ columns: 1 }, { columns: 3 }])
})

/** Prunes while a transaction has done this, which ends when the prune waits for it. */
async function pruneBeside(keepLatest: string, ...statements: string[]) {
  const writer = new pg.Client({ connectionString: server.database.url })
  await writer.connect()
  for (const statement of ['BEGIN', ...statements]) await writer.query(statement)
  const pruned = prune(['--yes', '--keep-latest', keepLatest])
  for (let isBlocked = false; !isBlocked; ) {
    const waiting = await server.database.sql(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'headwater prune'
       AND wait_event_type = 'Lock'`,
    )
    isBlocked = waiting.length > 0
  }
  await writer.query('COMMIT')
  await writer.end()
  return pruned
}

test('killed on the way it leaves a whole database, goes on when it is begun again, and writers write meanwhile', async () => {
  const assets = Array.from({ length: 700 }, (_, at) => ({ key: `asset ${at}` }))
  for (const days of [400, 300, 200, 100])
    await record(server, { materializedAt: daysAgo(days), assets, upstream: [{ key: 'source' }] })
  await age(server)
  const halfWay = async () => {
    for (;;) {
      const count = (await countOf('materialization')) ?? 0
      if (count < 2_800) return
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  const killed = await prune(['--yes', '--keep-latest', '1'], { killedBy: halfWay() })
  expect(killed.code).toBeNull()
  const left = (await countOf('materialization')) ?? 0
  expect(left).toBeGreaterThan(700)
  expect(await countOf('materialization_input')).toBe(left)
  const check = await headwater(['rebuild', '--check'], { variables: { DATABASE_URL: server.database.url } })
  expect(check.stdout).toMatch(/\nnothing was wrong\n$/)

  const again = prune(['--yes', '--keep-latest', '1'])
  for (let at = 0; at < 20; at++)
    await record(server, { assets: [{ key: `asset ${at}` }], upstream: [{ key: 'source' }] })
  expect(await again).toMatchObject({ code: 0, stderr: '' })
  // Of what was made anew meanwhile the one before may have gone in time, or not.
  expect(await countOf('latest_materialization')).toBe(700)
  expect(await countOf('materialization')).toBe(720)
  expect(
    await server.database.sql(
      'SELECT materialization_count::int AS count, count(*)::int AS edges FROM lineage_edge_stats GROUP BY 1 ORDER BY 1',
    ),
  ).toEqual([
    { count: 4, edges: 680 },
    { count: 5, edges: 20 },
  ])
})

test('of two at once, or beside a rebuild, the second says so', async () => {
  await whileHolding(server.database, 'SELECT pg_advisory_xact_lock(72707370)', async () => {
    expect(await prune(['--yes'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'headwater: this database is being rebuilt or pruned already: wait until that is done\n',
    })
  })
})
