import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { countRows } from '../harness/dump.js'
import {
  inputsOf,
  minute,
  record,
  recordBatch,
  tryRecord,
  tryRecordBatch,
  unique,
} from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

interface AssetAnswer {
  namespace: string
  kind: string
  kinds: string[]
  description: string | null
  latest: { version: string | null } | null
  partition: { version: string | null } | null
  materializations: { totalCount: number }
  upstream: { nodes: { key: string }[] }
  downstream: {
    edges: { node: { key: string }; edge: { firstSeenAt: string; lastSeenAt: string; count: number } }[]
  }
}

async function assetOf(key: string, namespace?: string): Promise<AssetAnswer | null> {
  const { asset } = await server.query<
    { asset: AssetAnswer | null },
    { key: string; namespace: string | null }
  >(
    `query ($key: String!, $namespace: String) { asset(key: $key, namespace: $namespace) {
      namespace kind kinds description latest: latestMaterialization { version }
      partition: latestMaterialization(partitionKey: "p") { version }
      materializations { totalCount } upstream { nodes { key } }
      downstream { edges { node { key } edge { firstSeenAt lastSeenAt count: materializationCount } } } } }`,
    { key, namespace: namespace ?? null },
  )
  return asset
}

test('an asset appears when it is named as an upstream, with its edge, though nobody has made it', async () => {
  const [made, raw] = [unique('made/text'), unique('raw/table')]
  await record(server, { assets: [{ key: made }], upstream: [{ key: raw }] })
  expect(await assetOf(raw)).toMatchObject({
    kind: 'table',
    latest: null,
    materializations: { totalCount: 0 },
    downstream: { edges: [{ node: { key: made }, edge: { count: 1 } }] },
  })
  expect((await assetOf(made))?.upstream.nodes).toEqual([{ key: raw }])
})

test('the same key in two namespaces is two assets', async () => {
  const key = unique('made')
  await record(server, {
    assets: [
      { key, version: 'v1' },
      { key, version: 'v2', namespace: 'other' },
    ],
  })
  expect((await assetOf(key))?.latest).toEqual({ version: 'v1' })
  expect((await assetOf(key, 'default'))?.latest).toEqual({ version: 'v1' })
  expect((await assetOf(key, 'other'))?.latest).toEqual({ version: 'v2' })
  expect(await assetOf(key, 'third')).toBeNull()
})

test('names that mean something to PostgreSQL come out as they went in', async () => {
  const odd = ['NULL', '"', '\\', '\\"', '{a,b}', ',', ' ', '""', '\\\\N', "'", '$&', '日本'].map(
    (text, at) => `${at}${text}`,
  )
  const names = ['NULL', ...odd]
  const { materializations } = await record(server, {
    partitionKey: '"\\{',
    assets: [{ key: unique('odd') }],
    upstream: names.map((name) => ({ key: name, namespace: name, version: name, partitionKey: name })),
  })
  expect(materializations[0]?.partitionKey).toBe('"\\{')
  const inputs = await inputsOf(server, materializations[0]?.id ?? '')
  expect(inputs.map(({ asset, version, partitionKey }) => [asset.key, version, partitionKey])).toEqual(
    names.map((name) => [name, name, name]),
  )
  for (const name of names) expect(await assetOf(name, name)).toMatchObject({ namespace: name })
})

test('a call may make the same asset more than once, and answers in its own order', async () => {
  const key = unique('made')
  const { materializations } = await record(server, {
    assets: [
      { key, version: 'v2', partitionKey: 'p' },
      { key, version: 'v1' },
      { key: `${key}/0`, version: 'v0' },
    ],
  })
  expect(materializations.map(({ version }) => version)).toEqual(['v2', 'v1', 'v0'])
  expect((await assetOf(key))?.materializations.totalCount).toBe(2)
})

test('a batch with one bad member writes nothing', async () => {
  const before = await countRows(server)
  const good = { assets: [{ key: unique('good') }], idempotencyKey: unique('key') }
  const { status, errors } = await tryRecordBatch(server, [good, { assets: [{ key: '' }] }, good])
  expect(status).toBe(400)
  expect(errors.map(({ extensions }) => extensions)).toEqual([
    { code: 'BAD_USER_INPUT', field: 'inputs[1].assets[0].key' },
  ])
  expect(await countRows(server)).toEqual(before)
})

test('a batch with one reused idempotency key writes nothing', async () => {
  const idempotencyKey = unique('key')
  await record(server, { idempotencyKey, assets: [{ key: unique('first') }] })
  const before = await countRows(server)
  const { status, errors } = await tryRecordBatch(server, [
    { assets: [{ key: unique('good') }], upstream: [{ key: unique('raw') }] },
    { idempotencyKey, assets: [{ key: unique('other') }] },
  ])
  expect(status).toBe(409)
  expect(errors[0]?.extensions.code).toBe('IDEMPOTENCY_KEY_REUSED')
  expect(await countRows(server)).toEqual(before)
})

test('a batch answers for each recording, in order, as if each had come alone', async () => {
  const keys = [unique('a'), unique('b'), unique('c')]
  const payloads = await recordBatch(
    server,
    keys.map((key) => ({ assets: [{ key, version: key }], materializedAt: minute(1) })),
  )
  expect(payloads.map(({ materializations }) => materializations[0]?.version)).toEqual(keys)
  expect(payloads.map(({ duplicate }) => duplicate)).toEqual([false, false, false])
})

test('of a batch that the server dates, the last is the latest, and a repeat answers the same ids', async () => {
  const key = unique('made')
  const runs = Array.from({ length: 20 }, (_, at) => ({
    idempotencyKey: unique('key'),
    assets: [{ key: unique('other') }, { key, version: `v${at}` }],
  }))
  const payloads = await recordBatch(server, runs)
  expect((await assetOf(key))?.latest).toEqual({ version: 'v19' })
  const repeats = await recordBatch(server, runs)
  expect(repeats.map(({ duplicate }) => duplicate)).toEqual(runs.map(() => true))
  const idsOf = (each: typeof payloads) =>
    each.map(({ materializations }) => materializations.map(({ id }) => id))
  expect(idsOf(repeats)).toEqual(idsOf(payloads))
})

test('a recording with a time gets the same ids in whatever batch it comes', async () => {
  const [key, idempotencyKey] = [unique('made'), unique('key')]
  const dated = { idempotencyKey, materializedAt: minute(1), assets: [{ key }] }
  const undated = { assets: [{ key: unique('other') }] }
  const [, , made] = await recordBatch(server, [undated, { ...dated, idempotencyKey: unique('key') }, dated])
  await using another = await startTestServer()
  expect((await record(another, dated)).materializations).toEqual(made?.materializations)
})

test('the latest materialization is the latest by materializedAt, overall and in its partition', async () => {
  const key = unique('made')
  const make = (version: string, at: number, partitionKey?: string) =>
    record(server, {
      materializedAt: minute(at),
      assets: [{ key, version, ...(partitionKey === undefined ? {} : { partitionKey }) }],
    })
  await make('late', 5, 'p')
  await make('later', 6, 'q')
  await make('early', 1, 'p')
  await make('whole', 3)
  expect(await assetOf(key)).toMatchObject({ latest: { version: 'later' }, partition: { version: 'late' } })
})

test('among equal times the greater id is the latest, whichever came last', async () => {
  const key = unique('made')
  const made: { id: string; version: string | null }[] = []
  for (let at = 0; at < 6; at++) {
    const run = { materializedAt: minute(1), assets: [{ key, version: `v${at}` }] }
    made.push(...(await record(server, run)).materializations)
  }
  const [greatest] = await server.database.sql<{ version: string }>(
    `SELECT m.version FROM materialization m JOIN asset a ON a.id = m.asset_id WHERE a.key = $1
     ORDER BY m.id DESC LIMIT 1`,
    [key],
  )
  expect(await assetOf(key)).toMatchObject({ latest: greatest })
})

test('of what one call makes of an asset the last is the latest', async () => {
  const key = unique('made')
  const versions = Array.from({ length: 20 }, (_, at) => `v${at}`)
  await record(server, { assets: versions.map((version) => ({ key, version })) })
  expect(await assetOf(key)).toMatchObject({ latest: { version: 'v19' } })
})

test('without a materializedAt the server’s clock counts', async () => {
  const before = Date.now()
  const { materializations } = await record(server, { assets: [{ key: unique('made') }] })
  const at = Date.parse(materializations[0]?.materializedAt ?? '')
  expect(at).toBeGreaterThanOrEqual(before)
  expect(at).toBeLessThanOrEqual(Date.now())
})

test('an edge was first seen at the least and last seen at the greatest time, in any order of arrival', async () => {
  const [made, raw] = [unique('made'), unique('raw')]
  for (const at of [5, 9, 2, 7]) {
    await record(server, { materializedAt: minute(at), assets: [{ key: made }], upstream: [{ key: raw }] })
  }
  expect((await assetOf(raw))?.downstream.edges.map(({ edge }) => edge)).toEqual([
    { firstSeenAt: minute(2), lastSeenAt: minute(9), count: 4 },
  ])
})

test('an upstream that one materialization names twice counts once', async () => {
  const [made, raw] = [unique('made'), unique('raw')]
  await record(server, {
    assets: [{ key: made, upstream: [{ key: raw, partitionKey: 'p' }, { key: raw }] }],
    upstream: [{ key: raw }],
  })
  expect((await assetOf(raw))?.downstream.edges.map(({ edge }) => edge.count)).toEqual([1])
})

test('kind, kinds and description are those of the newest recording that stated them', async () => {
  const key = unique('index/made')
  const say = (at: number, said: { kind?: string; kinds?: string[]; description?: string }) =>
    record(server, { materializedAt: minute(at), assets: [{ key, ...said }] })
  await say(0, {})
  expect(await assetOf(key)).toMatchObject({ kind: 'vector', kinds: [], description: null })
  await say(5, { kind: 'image', kinds: ['s3'] })
  await say(4, { kind: 'blob', kinds: ['dbt'], description: 'older' })
  expect(await assetOf(key)).toMatchObject({ kind: 'image', kinds: ['s3'], description: 'older' })
  await say(6, { description: '', kinds: [] })
  expect(await assetOf(key)).toMatchObject({ kind: 'image', kinds: [], description: '' })
})

test.each([
  ['ocr/text', 'text'],
  ['context', 'text'],
  ['ocr/bbox_1', 'bbox'],
  ['a/boxes/b', 'bbox'],
  ['classify/x', 'classification'],
  ['index/x', 'vector'],
  ['my_embeddings', 'vector'],
  ['x/table_1', 'table'],
  ['anything', 'json'],
])('where nobody states a kind, that of %s is %s', async (key, kind) => {
  await record(server, { assets: [{ key }] })
  expect(await assetOf(key)).toMatchObject({ kind })
})

test('a recording is one statement for one asset and for a hundred, however long the history', async () => {
  const key = unique('made')
  const run = (assets: number) => ({
    idempotencyKey: unique('key'),
    storageEventId: assets,
    assets: Array.from({ length: assets }, (_, at) => ({ key: `${key}/${at}` })),
    upstream: Array.from({ length: 10 }, (_, at) => ({ key: `${key}/raw/${at}` })),
  })
  for (const assets of [1, 100]) {
    const statements = await server.statementsOf(() => tryRecord(server, run(assets)))
    expect(statements).toHaveLength(1)
  }
  expect(await server.statementsOf(() => tryRecordBatch(server, [run(2), run(3), run(4)]))).toHaveLength(1)
})

test('a walk after a recording’s answer sees it', async () => {
  const [made, raw] = [unique('made'), unique('raw')]
  const { watermark } = await record(server, { assets: [{ key: made }], upstream: [{ key: raw }] })
  const { lineage } = await server.query<
    { lineage: { nodes: { asset: { key: string } }[] } },
    { key: string; watermark: string }
  >(
    `query ($key: String!, $watermark: String!) {
      lineage(root: { key: $key }, direction: UPSTREAM, atLeast: $watermark) { nodes { asset { key } } } }`,
    { key: made, watermark },
  )
  expect(lineage.nodes.map(({ asset }) => asset.key)).toEqual([made, raw])
})
