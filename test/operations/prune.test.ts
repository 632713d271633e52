import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { RecordCheckResultsDocument } from '../../schema/operations.generated.js'
import { headwater, type RunOptions } from '../cli/run-headwater.js'
import { age } from '../harness/age.js'
import { clear, dumpRows } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { inputsOf, record, recordBatch, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const prune = (args: string[], options: RunOptions = {}) =>
  headwater(['prune', '--older-than', '90d', ...args], {
    ...options,
    variables: { DATABASE_URL: server.database.url },
  })

const NOW = Date.now()
const daysAgo = (days: number) => new Date(NOW - days * 86_400_000).toISOString()

/** raw, seven times, and a report of each; the third is older than that which is pruned. */
async function makeHistory(): Promise<string[]> {
  const reports: string[] = []
  for (const days of [200, 180, 160, 140, 120, 100, 5]) {
    await record(server, {
      idempotencyKey: `raw ${days}`,
      materializedAt: daysAgo(days),
      assets: [{ key: 'raw', version: `v${days}` }],
    })
    const { materializations } = await record(server, {
      idempotencyKey: `report ${days}`,
      materializedAt: daysAgo(days - 1),
      assets: [{ key: 'report' }],
      upstream: [{ key: 'raw' }],
    })
    reports.push(materializations[0]?.id ?? '')
  }
  await age(server)
  return reports
}

const countOf = async (table: string) => {
  const [row] = await server.database.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)
  return row?.count
}

test('by default it says what would go, and removes nothing', async () => {
  await makeHistory()
  const before = await dumpRows(server)
  const { code, stdout, stderr } = await prune(['--keep-latest', '2'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').slice(1)).toEqual([
    '  materialization: 10',
    '  materialization_input: 5',
    '  recording: 10',
    'Nothing has been removed: --yes does it.',
    '',
  ])
  expect(stdout).toMatch(/: before 20..-.*Z 25 rows would go\n/)
  expect(await dumpRows(server)).toEqual(before)
})

test('--yes removes it; edges, and what is current, stay as they are, and the past says where it ends', async () => {
  await makeHistory()
  const edges = async () => (await walk(server, 'report', { direction: 'UPSTREAM' })).edges
  const before = await edges()
  expect((await prune(['--yes', '--keep-latest', '2'])).stdout).toMatch(
    / 25 rows pruned\n {2}materialization: 10\n/,
  )
  expect(await countOf('materialization')).toBe(4)
  expect(await edges()).toEqual(before)
  const { data, errors } = await server.ask(
    `{ lineage(root: { key: "report" }, direction: UPSTREAM, asOf: "${daysAgo(120)}") { edges { upstream { key } } } }`,
  )
  expect({ data, errors }).toEqual({
    data: null,
    errors: [
      expect.objectContaining({
        message: expect.stringMatching(
          /^asOf: expected a time not before 20.*Z, for earlier history has been pruned, got 20/,
        ),
        extensions: { code: 'BAD_USER_INPUT', field: 'asOf' },
      }),
    ],
  })
  const current = await walk(server, 'report', { direction: 'UPSTREAM', scope: 'CURRENT', asOf: daysAgo(80) })
  expect(edgeNames(current.edges)).toEqual(['raw>report'])
  expect((await prune(['--yes', '--keep-latest', '2'])).stdout).toMatch(/ there is nothing to prune\n$/)
})

test('an input whose materialization has gone says so, and which version it was; nothing else is taken for it', async () => {
  const first = await record(server, {
    materializedAt: daysAgo(200),
    assets: [{ key: 'raw', version: 'v1' }],
  })
  await record(server, { materializedAt: daysAgo(150), assets: [{ key: 'raw', version: 'v2' }] })
  await record(server, { materializedAt: daysAgo(100), assets: [{ key: 'raw', version: 'v3' }] })
  // Pins the first one.
  await record(server, {
    materializedAt: daysAgo(140),
    assets: [{ key: 'pinned' }],
    upstream: [{ key: 'raw', version: 'v1' }],
  })
  const of = await record(server, {
    materializedAt: daysAgo(140),
    assets: [{ key: 'report' }],
    upstream: [{ key: 'raw' }],
  })
  await record(server, { materializedAt: daysAgo(99), assets: [{ key: 'report' }] })
  await age(server)
  const id = of.materializations[0]?.id ?? ''
  expect((await prune(['--yes', '--keep-latest', '2'])).code).toBe(0)
  expect(
    (await inputsOf(server, id)).map(({ version, materialization }) => [version, materialization?.id]),
  ).toEqual([['v2', expect.any(String)]])
  expect((await prune(['--yes', '--keep-latest', '1'])).code).toBe(0)
  // The report itself has gone with it: only the latest is kept.
  expect(await server.query(`{ materialization(id: "${id}") { id } }`)).toEqual({ materialization: null })
  expect(await countOf('materialization')).toBe(4)
  expect(
    await server.query(`{ materialization(id: "${first.materializations[0]?.id}") { version } }`),
  ).toEqual({
    materialization: { version: 'v1' },
  })
})

test('what is old, but was recorded since, stays, and is counted where nothing else is said', async () => {
  for (const days of [200, 150, 100])
    await record(server, { materializedAt: daysAgo(days), assets: [{ key: 'imported' }] })
  await record(server, { assets: [{ key: 'new' }] })
  const { stdout } = await prune(['--yes', '--keep-latest', '1'])
  expect(stdout).toMatch(/ there is nothing to prune: 3 were made before that, but recorded since\n$/)
  expect(await countOf('materialization')).toBe(4)
})

test('a run goes with all that it has made and its events, or not at all; so does a DAG run', async () => {
  for (const [at, days] of [200, 150, 100].entries()) {
    await sendEvents(server, [
      runEvent('load', `run-${at}`, 'COMPLETE', daysAgo(days), {
        outputs: [dataset('wide'), ...(at === 0 ? [dataset('once')] : [])],
      }),
    ])
    await record(server, {
      dagId: `dag-${at}`,
      materializedAt: daysAgo(days),
      assets: [{ key: 'step' }, ...(at === 0 ? [{ key: 'first' }] : [])],
    })
  }
  await age(server)
  expect((await prune(['--yes', '--keep-latest', '1'])).code).toBe(0)
  const runs = await server.database.sql('SELECT run_id FROM run ORDER BY run_id')
  expect(runs).toEqual([{ run_id: 'run-0' }, { run_id: 'run-2' }])
  expect(await countOf('openlineage_event')).toBe(2)
  const dags = await server.database.sql(
    'SELECT DISTINCT dag_id FROM materialization WHERE dag_id IS NOT NULL ORDER BY 1',
  )
  expect(dags).toEqual([{ dag_id: 'dag-0' }, { dag_id: 'dag-2' }])
})

test('what a check has looked at of late stays; a namespace may be pruned alone', async () => {
  const made = await recordBatch(
    server,
    [200, 150, 100].map((days) => ({
      materializedAt: daysAgo(days),
      assets: [{ key: 'mine' }, { key: 'other', namespace: 'theirs' }],
    })),
  )
  await age(server)
  await server.query(RecordCheckResultsDocument, {
    input: {
      materializationId: made[0]?.materializations[0]?.id ?? '',
      checks: [{ name: 'late', status: 'PASSED' }],
    },
  })
  expect((await prune(['--yes', '--keep-latest', '1', '--namespace', 'default'])).code).toBe(0)
  const left = () =>
    server.database.sql(
      'SELECT a.key, count(*)::int FROM materialization m JOIN asset a ON a.id = m.asset_id GROUP BY 1 ORDER BY 1',
    )
  expect(await left()).toEqual([
    { key: 'mine', count: 2 },
    { key: 'other', count: 3 },
  ])
  expect((await prune(['--yes', '--keep-latest', '1'])).code).toBe(0)
  expect(await left()).toEqual([
    { key: 'mine', count: 2 },
    { key: 'other', count: 1 },
  ])
})

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

test('a repeat of what is kept is one; of what has gone, whole, it is recorded anew', async () => {
  await makeHistory()
  await prune(['--yes', '--keep-latest', '1'])
  const repeat = (days: number) =>
    tryRecord(server, {
      idempotencyKey: `raw ${days}`,
      materializedAt: daysAgo(days),
      assets: [{ key: 'raw', version: `v${days}` }],
    })
  expect((await repeat(5)).data?.payload.duplicate).toBe(true)
  expect((await repeat(200)).data?.payload.duplicate).toBe(false)
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

test.each([
  [['--older-than', '90'], 'Expected minutes, hours or days from 1h to 36500d, e.g. 30m, 12h, 90d.'],
  [['--older-than', '59m'], 'Expected minutes, hours or days from 1h to 36500d, e.g. 30m, 12h, 90d.'],
  [['--older-than', '90d', '--keep-latest', '0'], 'Expected a whole number from 1 to 1000000.'],
  [[], "required option '--older-than <age>' not specified"],
])('%j is wrong usage', async (args, complaint) => {
  const { code, stderr } = await headwater(['prune', ...args])
  expect(code).toBe(2)
  expect(stderr).toContain(complaint)
})
