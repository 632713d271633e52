import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { clear } from '../harness/dump.js'
import { whileHolding } from '../harness/locks.js'
import { inputsOf, minute, type Run, record, recordBatch, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
let event = 0

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

/** A storage event that no other test uses. */
const newEvent = () => ++event

interface State {
  version: string | null
  latest: { version: string | null } | null
  edges: { upstream: string; count: number; first: string; last: string }[]
  materializations: number
}

/** What is known of an asset: its history's length, its latest version and its upstream edges. */
async function stateOf(key: string): Promise<Omit<State, 'version'>> {
  const { asset } = await server.query<
    {
      asset: {
        latestMaterialization: { version: string | null } | null
        materializations: { totalCount: number }
        upstream: {
          edges: {
            edge: {
              upstream: { key: string }
              materializationCount: number
              firstSeenAt: string
              lastSeenAt: string
            }
          }[]
        }
      }
    },
    { key: string }
  >(
    `query ($key: String!) { asset(key: $key) {
      latestMaterialization { version } materializations { totalCount }
      upstream { edges { edge { upstream { key } materializationCount firstSeenAt lastSeenAt } } } } }`,
    { key },
  )
  return {
    latest: asset.latestMaterialization,
    materializations: asset.materializations.totalCount,
    edges: asset.upstream.edges.map(({ edge }) => ({
      upstream: edge.upstream.key,
      count: edge.materializationCount,
      first: edge.firstSeenAt,
      last: edge.lastSeenAt,
    })),
  }
}

/** The version of the latest materialization of each partition of an asset, and of the whole of it under ''. */
async function latestOf(key: string, partitions: readonly string[]): Promise<Record<string, string | null>> {
  const fields = partitions.map(
    (partition, at) =>
      `p${at}: latestMaterialization(partitionKey: ${JSON.stringify(partition)}) { version }`,
  )
  const { asset } = await server.query<
    { asset: Record<string, { version: string | null } | null> },
    { key: string }
  >(
    `query ($key: String!) { asset(key: $key) { whole: latestMaterialization { version } ${fields.join(' ')} } }`,
    { key },
  )
  return Object.fromEntries([
    ['', asset['whole']?.version ?? null],
    ...partitions.map((partition, at) => [partition, asset[`p${at}`]?.version ?? null]),
  ])
}

test('the same storage event again updates the materialization: its id stays, its content and inputs follow', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  const first = await record(server, {
    storageEventId,
    materializedAt: minute(1),
    assets: [{ key, version: 'v1', sizeBytes: 1, metadata: { n: 1 } }],
    upstream: [{ key: `${key}/x` }, { key: `${key}/y` }],
  })
  const second = await record(server, {
    storageEventId,
    jobId: 'other job',
    materializedAt: minute(2),
    assets: [{ key, version: 'v2', checksum: 'c', metadata: { n: 2 } }],
    upstream: [{ key: `${key}/y` }, { key: `${key}/z` }],
  })
  expect(second.duplicate).toBe(false)
  expect(second.materializations).toEqual([
    {
      id: first.materializations[0]?.id,
      version: 'v2',
      jobId: 'other job',
      partitionKey: null,
      materializedAt: minute(2),
    },
  ])
  const inputs = await inputsOf(server, first.materializations[0]?.id ?? '')
  expect(inputs.map(({ asset }) => asset.key)).toEqual([`${key}/y`, `${key}/z`])
  const { materialization } = await server.query<{ materialization: object }, { id: string }>(
    'query ($id: ID!) { materialization(id: $id) { sizeBytes checksum metadata } }',
    { id: first.materializations[0]?.id ?? '' },
  )
  expect(materialization).toEqual({ sizeBytes: null, checksum: 'c', metadata: { n: 2 } })
})

test('edges stay when a storage event no longer names their upstream, but count no materialization', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  const deliver = (at: number, upstream: string[]) =>
    record(server, {
      storageEventId,
      materializedAt: minute(at),
      assets: [{ key, version: `v${at}` }],
      upstream: upstream.map((name) => ({ key: `${key}/${name}` })),
    })
  await deliver(1, ['x', 'y'])
  await deliver(3, ['y', 'z'])
  expect(await stateOf(key)).toEqual({
    latest: { version: 'v3' },
    materializations: 1,
    edges: [
      { upstream: `${key}/x`, count: 0, first: minute(1), last: minute(1) },
      { upstream: `${key}/y`, count: 1, first: minute(1), last: minute(3) },
      { upstream: `${key}/z`, count: 1, first: minute(3), last: minute(3) },
    ],
  })
})

test('an older delivery of a storage event does not overwrite a newer one, but leaves its edges', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  await record(server, {
    storageEventId,
    materializedAt: minute(2),
    assets: [{ key, version: 'new' }],
    upstream: [{ key: `${key}/x` }],
  })
  const { materializations, duplicate } = await record(server, {
    storageEventId,
    materializedAt: minute(1),
    assets: [{ key, version: 'old' }],
    upstream: [{ key: `${key}/y` }],
  })
  expect(duplicate).toBe(false)
  expect(materializations.map(({ version, materializedAt }) => [version, materializedAt])).toEqual([
    ['new', minute(2)],
  ])
  expect(await stateOf(key)).toEqual({
    latest: { version: 'new' },
    materializations: 1,
    edges: [
      { upstream: `${key}/x`, count: 1, first: minute(2), last: minute(2) },
      { upstream: `${key}/y`, count: 0, first: minute(1), last: minute(1) },
    ],
  })
})

test('what a storage event makes has one id, whichever delivery comes first', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  const ids: (string | undefined)[] = []
  for (const order of [
    [1, 2],
    [2, 1],
  ]) {
    await clear(server)
    for (const at of order) {
      const run = { storageEventId, materializedAt: minute(at), assets: [{ key }] }
      ids.push((await record(server, run)).materializations[0]?.id)
    }
  }
  expect(new Set(ids).size).toBe(1)
})

test('one storage event makes a materialization of each asset that it comes with', async () => {
  const [one, other] = [unique('made'), unique('made')]
  const storageEventId = newEvent()
  await record(server, { storageEventId, materializedAt: minute(1), assets: [{ key: one, version: 'v1' }] })
  await record(server, {
    storageEventId,
    materializedAt: minute(2),
    assets: [
      { key: one, version: 'v2' },
      { key: other, version: 'v1' },
    ],
  })
  expect((await stateOf(one)).materializations).toBe(1)
  expect((await stateOf(other)).materializations).toBe(1)
  expect(await latestOf(one, [])).toEqual({ '': 'v2' })
})

test('a storage event that moves to another partition leaves the one it was in to what is latest there', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  const deliver = (at: number, partitionKey: string | null) =>
    record(server, {
      storageEventId,
      materializedAt: minute(at),
      partitionKey,
      assets: [{ key, version: `moved at ${at}` }],
    })
  await record(server, { materializedAt: minute(1), partitionKey: 'p', assets: [{ key, version: 'stays' }] })
  await deliver(2, 'p')
  expect(await latestOf(key, ['p', 'q'])).toEqual({ '': 'moved at 2', p: 'moved at 2', q: null })
  await deliver(3, 'q')
  expect(await latestOf(key, ['p', 'q'])).toEqual({ '': 'moved at 3', p: 'stays', q: 'moved at 3' })
  await deliver(4, null)
  expect(await latestOf(key, ['p', 'q'])).toEqual({ '': 'moved at 4', p: 'stays', q: null })
})

test('two storage events that leave one partition at the same time leave it to what stays there', async () => {
  const key = unique('made')
  const [one, other] = [newEvent(), newEvent()]
  const delivery = (storageEventId: number, at: number, partitionKey: string): Run => ({
    storageEventId,
    idempotencyKey: unique('key'),
    materializedAt: minute(at),
    partitionKey,
    assets: [{ key, version: `${at}` }],
  })
  await record(server, { materializedAt: minute(1), partitionKey: 'p', assets: [{ key, version: 'stays' }] })
  await record(server, delivery(one, 2, 'p'))
  await record(server, delivery(other, 3, 'p'))

  // A batch that repeats itself is looked up first, so that both are about to commit when the lock is let go.
  const move = (run: Run) => recordBatch(server, [run, run])
  const moves = await whileHolding(
    server.database,
    `SELECT FROM asset_state s JOIN asset a ON a.id = s.asset_id WHERE a.key = '${key}' FOR UPDATE`,
    async (untilBlocked) => {
      const first = move(delivery(one, 4, 'q'))
      await untilBlocked(1)
      const second = move(delivery(other, 5, 'q'))
      await untilBlocked(2)
      return [first, second]
    },
  )
  await Promise.all(moves)
  expect(await latestOf(key, ['p', 'q'])).toEqual({ '': '5', p: 'stays', q: '5' })
})

test('of deliveries with equal times the last counts, within one batch too', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  const delivery = (version: string, idempotencyKey?: string): Run => ({
    storageEventId,
    materializedAt: minute(1),
    assets: [{ key, version }],
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  await record(server, delivery('first'))
  await record(server, delivery('second'))
  expect(await latestOf(key, [])).toEqual({ '': 'second' })
  await recordBatch(server, [delivery('third'), delivery('fourth', unique('key'))])
  expect(await latestOf(key, [])).toEqual({ '': 'fourth' })
})

test('twenty concurrent deliveries of one storage event make one materialization: the newest', async () => {
  const key = unique('made')
  const storageEventId = newEvent()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      record(server, {
        storageEventId,
        materializedAt: minute(at),
        partitionKey: `p${at % 3}`,
        assets: [{ key, version: `v${at}` }],
        upstream: [{ key: `${key}/shared` }, { key: `${key}/own/${at}` }],
      }),
    ),
  )
  expect(new Set(answers.map(({ materializations }) => materializations[0]?.id)).size).toBe(1)
  expect(await latestOf(key, ['p0', 'p1', 'p2'])).toEqual({ '': 'v19', p0: null, p1: 'v19', p2: null })
  const { materializations, edges } = await stateOf(key)
  expect(materializations).toBe(1)
  expect(edges).toHaveLength(21)
  expect(edges.filter(({ count }) => count !== 0)).toEqual([
    { upstream: `${key}/own/19`, count: 1, first: minute(19), last: minute(19) },
    { upstream: `${key}/shared`, count: 1, first: minute(0), last: minute(19) },
  ])
})
