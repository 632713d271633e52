import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear, countRows, dumpTables } from '../harness/dump.js'
import { minute, type Run, record, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

beforeEach(() => clear(server))

afterAll(() => server[Symbol.asyncDispose]())

const KEYS = Array.from({ length: 20 }, (_, at) => `asset/${at}`)
const assets = (keys: readonly string[]) => keys.map((key) => ({ key }))

test('fifty concurrent recordings of the same new assets all succeed and count right', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      tryRecord(server, {
        materializedAt: minute(at),
        // Each in an order of its own.
        assets: assets([...KEYS.slice(at % 20), ...KEYS.slice(0, at % 20)]),
        upstream: [{ key: 'raw/1' }, { key: 'raw/2' }],
      }),
    ),
  )
  expect(answers.flatMap(({ errors }) => errors)).toEqual([])
  expect(await countRows(server)).toEqual({
    assets: 22,
    states: 22,
    materializations: 1000,
    inputs: 2000,
    slices: 20,
    edges: 40,
    stats: 40,
    recordings: 0,
  })
  const { edges, latest } = (await dumpTables(server)) as {
    edges: Record<string, unknown>[]
    latest: { materialized_at: Date | null }[]
  }
  for (const edge of edges) {
    expect(edge).toMatchObject({
      first_seen_at: new Date(minute(0)),
      last_seen_at: new Date(minute(49)),
      materialization_count: '50',
    })
  }
  // Of each asset overall and of its one slice; of the two upstreams, none.
  expect(latest.filter((one) => one.materialized_at !== null)).toHaveLength(40)
  for (const one of latest) expect([minute(49), undefined]).toContain(one.materialized_at?.toISOString())
})

test('two crowds that make what the other is made from do not stand in each other’s way', async () => {
  const [left, right] = [KEYS.slice(0, 10), KEYS.slice(10)]
  const runs: Run[] = Array.from({ length: 50 }, (_, at) =>
    at % 2 === 0
      ? { assets: assets(left), upstream: assets(right.toReversed()) }
      : { assets: assets(right.toReversed()), upstream: assets(left) },
  )
  const answers = await Promise.all(runs.map((run) => tryRecord(server, run)))
  expect(answers.flatMap(({ errors }) => errors)).toEqual([])
  expect(await countRows(server)).toMatchObject({ assets: 20, states: 20, materializations: 500, edges: 200 })
  const counts = await server.database.sql<{ count: string }>(
    'SELECT DISTINCT materialization_count AS count FROM lineage_edge_stats',
  )
  expect(counts).toEqual([{ count: '25' }])
})

test('storage events delivered again while others record the same assets count right', async () => {
  const delivery = (event: number, at: number): Run => ({
    storageEventId: event,
    materializedAt: minute(at),
    partitionKey: `p${(event + at) % 3}`,
    assets: assets([...KEYS.slice(event), ...KEYS.slice(0, event)]),
    upstream: [{ key: 'raw/1' }, { key: `raw/at/${at}` }],
  })
  const runs = Array.from({ length: 24 }, (_, at) => delivery(at % 4, at)).toSorted(
    (a, b) => Number(a.storageEventId) - Number(b.storageEventId),
  )
  const all = [
    ...runs,
    ...Array.from({ length: 10 }, (_, at) => ({
      idempotencyKey: `key ${at}`,
      materializedAt: minute(at),
      partitionKey: 'p0',
      assets: assets(KEYS),
    })),
  ]
  await Promise.all(all.map((run) => record(server, run)))
  const together = await dumpTables(server)
  expect(await countRows(server)).toMatchObject({ assets: 45, materializations: 20 * 4 + 20 * 10 })
  const miscounted = await server.database.sql(
    `SELECT s.* FROM lineage_edge_stats s WHERE materialization_count <> (
       SELECT count(DISTINCT materialization_id) FROM materialization_input i
       WHERE i.asset_id = s.downstream_id AND i.upstream_id = s.upstream_id)`,
  )
  expect(miscounted).toEqual([])

  await clear(server)
  for (const run of all) await record(server, run)
  expect(together).toEqual(await dumpTables(server))
})
