import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear, dumpTables } from '../harness/dump.js'
import { exportText } from '../harness/exports.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, type Run, record, tryRecord } from '../harness/recordings.js'
import { search } from '../harness/searches.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, nodeNames, walk } from '../harness/walks.js'

let server: TestServer
/** On the same database, without a graph in its process. */
let other: TestServer
beforeAll(async () => {
  server = await startTestServer()
  other = await startTestServer({ database: server.database, variables: WALKED.PostgreSQL })
})
beforeEach(async () => {
  await clear(server)
  await other.seeDatabase('anew')
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const lake = (key: string) => ({ namespace: 'lake', key })
const symlinks = (...names: string[]) => ({ symlinks: { identifiers: names.map((name) => dataset(name)) } })
const renamed = (from: string) => ({
  lifecycleStateChange: { lifecycleStateChange: 'RENAME', previousIdentifier: dataset(from) },
})

/** A run that has made `table`, of which `db.table` is another name, from `raw`. */
const linking = () =>
  runEvent('dag.load', 'run-1', 'COMPLETE', minute(5), {
    inputs: [dataset('raw')],
    outputs: [dataset('table', { facets: symlinks('db.table') })],
  })

interface AssetAnswer {
  id: string
  key: string
  aliases: { namespace: string; key: string }[]
  tags: object
  owners: string[]
  retiredAt: string | null
  materializations: { nodes: { id: string; version: string; jobId: string }[]; totalCount: number }
  checks: { nodes: { name: string }[] }
}

async function assetOf(key: string, from = server): Promise<AssetAnswer | null> {
  const { asset } = await from.query<{ asset: AssetAnswer | null }, object>(
    `query ($key: String!) { asset(namespace: "lake", key: $key) { id key aliases { namespace key } tags owners retiredAt
      materializations { nodes { id version jobId } totalCount } checks { nodes { name } } } }`,
    { key },
  )
  return asset
}

test('a symlink is another name: both find the asset, and all that asks by name', async () => {
  await sendEvents(server, [linking()])
  await record(server, { assets: [{ ...lake('report'), upstream: [lake('db.table')] }] })

  for (const from of [server, other]) {
    const asset = await assetOf('db.table', from)
    expect(asset).toEqual(await assetOf('table', from))
    expect(asset).toMatchObject({ key: 'table', aliases: [lake('db.table')] })
    const { nodes, edges } = await walk(from, lake('db.table'), { direction: 'BOTH' })
    expect(nodeNames(nodes)).toEqual(['table@0', 'raw@1', 'report@1'])
    expect(edgeNames(edges).sort()).toEqual(['raw>table', 'table>report'])
  }
  const version = await server.query<{ found: { asset: { key: string } } }, undefined>(
    '{ found: materializationByVersion(asset: { namespace: "lake", key: "db.table" }, version: "run:run-1") { asset { key } } }',
  )
  expect(version.found.asset.key).toBe('table')
  await server.query(
    `mutation { updateAsset(input: { asset: { namespace: "lake", key: "db.table" }, owners: ["me"] }) { key } }`,
  )
  await server.query('mutation { retireAsset(asset: { namespace: "lake", key: "db.table" }) { key } }')
  expect(await assetOf('table')).toMatchObject({ owners: ['me'], retiredAt: expect.any(String) })
})

test('it is searched for by its other names, whatever else is said of it', async () => {
  await sendEvents(server, [linking()])
  await server.query(
    'mutation { updateAsset(input: { asset: { namespace: "lake", key: "table" }, description: "weather", owners: ["me"] }) { key } }',
  )
  await record(server, { assets: [{ ...lake('table'), description: 'wind' }] })
  const { hits } = await search(server, 'db.table')
  expect(hits).toMatchObject([{ asset: { key: 'table' }, matchedIn: ['KEY', 'ALIAS'] }])
})

test('an unknown asset stays unknown', async () => {
  await sendEvents(server, [linking()])
  expect(await assetOf('nobody')).toBeNull()
})

test('what was recorded under the other name before is of the asset, with all that hangs on it', async () => {
  const key = 'once'
  const run: Run = {
    idempotencyKey: key,
    materializedAt: minute(3),
    assets: [{ ...lake('db.table'), version: 'v1', upstream: [lake('source')] }],
  }
  const first = await record(server, run)
  const id = first.materializations[0]?.id ?? ''
  await record(server, {
    materializedAt: minute(4),
    assets: [{ ...lake('report'), upstream: [lake('db.table'), lake('table')] }],
  })
  await record(server, {
    materializedAt: minute(2),
    assets: [{ ...lake('table'), upstream: [lake('source')] }],
  })
  await server.query(
    `mutation ($id: ID!) {
    recordCheckResults(input: { materializationId: $id, idempotencyKey: "c", checks: [{ name: "rows", status: PASSED }] }) { name } }`,
    { id },
  )
  const before = await assetOf('db.table')
  expect(before?.key).toBe('db.table')

  await sendEvents(server, [linking()])

  const asset = await assetOf('db.table')
  expect(asset?.key).toBe('table')
  expect(asset?.materializations.nodes.map(({ version }) => version)).toEqual(['run:run-1', 'v1', null])
  expect(asset?.checks.nodes).toEqual([{ name: 'rows' }])
  // What was answered with before still finds it.
  const { node, gone } = await server.query<{ node: object; gone: object }, object>(
    'query ($id: ID!, $asset: ID!) { node(id: $id) { ... on Materialization { version asset { key } } } gone: node(id: $asset) { ... on Asset { key } } }',
    { id, asset: before?.id },
  )
  expect(node).toEqual({ version: 'v1', asset: { key: 'table' } })
  expect(gone).toEqual({ key: 'table' })
  const again = await record(server, run)
  expect(again.duplicate).toBe(true)
  expect(again.materializations.map(({ version }) => version)).toEqual(['v1'])
  const repeated = await server.query(
    `mutation ($id: ID!) {
    recordCheckResults(input: { materializationId: $id, idempotencyKey: "c", checks: [{ name: "rows", status: PASSED }] }) { name } }`,
    { id },
  )
  expect(repeated).toEqual({ recordCheckResults: [{ name: 'rows' }] })
  expect((await assetOf('table'))?.checks.nodes).toEqual([{ name: 'rows' }])

  for (const from of [server, other]) {
    const { nodes } = await walk(from, lake('source'), { direction: 'DOWNSTREAM' })
    expect(nodeNames(nodes)).toEqual(['source@0', 'table@1', 'report@2'])
    const counts = await from.query<
      { asset: { downstream: object }; table: { downstream: object } },
      undefined
    >(
      `{ asset(namespace: "lake", key: "source") { downstream { edges { edge { materializationCount } } } }
         table: asset(namespace: "lake", key: "db.table") { downstream { edges { edge { materializationCount } } } } }`,
    )
    expect(counts.asset.downstream).toEqual({ edges: [{ edge: { materializationCount: 2 } }] })
    expect(counts.table.downstream).toEqual({ edges: [{ edge: { materializationCount: 1 } }] })
  }
})

test('another server that has known the other name as an asset forgets it', async () => {
  await using seldom = await startTestServer({
    database: server.database,
    variables: { HEADWATER_GRAPH_POLL_MS: '60000' },
  })
  await record(server, { assets: [{ ...lake('report'), upstream: [lake('db.table')] }] })
  await seldom.seeDatabase()
  await sendEvents(server, [linking()])
  await seldom.seeDatabase()
  const { nodes } = await walk(seldom, lake('raw'), { direction: 'DOWNSTREAM' })
  expect(nodeNames(nodes)).toEqual(['raw@0', 'table@1', 'report@2'])
  // It has not heard of the name otherwise: the write itself finds out.
  await record(seldom, { assets: [{ ...lake('late'), upstream: [lake('db.table')] }] })
  expect(edgeNames((await walk(seldom, lake('late'), { direction: 'UPSTREAM' })).edges)).toContain(
    'table>late',
  )
})

test('a rename is one once its run is complete; a failed one is none', async () => {
  await record(server, { assets: [lake('old')] })
  const of = (type: string, run: string, at: number) =>
    runEvent('dag.rename', run, type, minute(at), {
      outputs: type === 'START' ? [dataset('new', { facets: renamed('old') })] : [],
    })
  await sendEvents(server, [of('START', 'failed', 1), of('FAIL', 'failed', 2)])
  expect(await assetOf('old')).toMatchObject({ key: 'old', aliases: [] })
  await sendEvents(server, [of('COMPLETE', 'done', 4), of('START', 'done', 3)])
  expect(await assetOf('old')).toMatchObject({ key: 'new', materializations: { totalCount: 2 } })
  await sendEvents(server, [
    {
      eventTime: minute(5),
      producer: 'https://example.com',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
      dataset: dataset('newest', { facets: renamed('new') }),
    },
  ])
  expect(await assetOf('old')).toMatchObject({ key: 'newest', aliases: [lake('new'), lake('old')] })
})

test('names in a circle are one asset, called by the least of them', async () => {
  const named = (name: string, alias: string, at: number) =>
    runEvent('dag.load', `run-${at}`, 'COMPLETE', minute(at), {
      outputs: [dataset(name, { facets: symlinks(alias) })],
    })
  await sendEvents(server, [named('b', 'c', 1), named('c', 'a', 2), named('a', 'b', 3)])
  for (const key of ['a', 'b', 'c'])
    expect(await assetOf(key)).toMatchObject({ key: 'a', materializations: { totalCount: 3 } })
})

test('a server that has known a name otherwise learns what it stands for now', async () => {
  const named = (name: string, alias: string, at: number) =>
    runEvent('dag.load', `run-${at}`, 'COMPLETE', minute(at), {
      outputs: [dataset(name, { facets: symlinks(alias) })],
    })
  await sendEvents(server, [named('b', 'a', 1)])
  await record(other, { assets: [lake('a')] })
  await sendEvents(server, [named('a', 'b', 2)])
  await record(other, { assets: [lake('b')] })
  await sendEvents(other, [named('b', 'a', 3)])
  expect(await assetOf('b', other)).toMatchObject({ key: 'a', materializations: { totalCount: 5 } })
})

test('the datasets of a run are those that its names stand for, each once', async () => {
  await sendEvents(server, [
    runEvent('dag.use', 'run-2', 'FAIL', minute(1), {
      inputs: [dataset('db.table'), dataset('other'), dataset('table')],
    }),
    linking(),
  ])
  const { runs } = await server.query<
    { runs: { nodes: { inputs: { nodes: object[]; totalCount: number } }[] } },
    undefined
  >('{ runs(filter: { state: FAILED }) { nodes { inputs { nodes { key } totalCount } } } }')
  expect(runs.nodes[0]?.inputs).toEqual({ nodes: [{ key: 'table' }, { key: 'other' }], totalCount: 2 })
})

test('a node is expected to make what its names stand for', async () => {
  await sendEvents(server, [linking()])
  await server.query(`mutation { registerAssetConfig(input: { nodes: [
    { nodeTaskId: "dag.load", assets: [{ namespace: "lake", key: "db.table" }, { namespace: "lake", key: "table" }] }] }) { assetCount } }`)
  const { status } = await server.query<{ status: object }, undefined>(
    '{ status: nodeStatus(dagId: "dag", nodeTaskId: "dag.load") { expectedAssets materializedAssets } }',
  )
  expect(status).toEqual({ expectedAssets: 1, materializedAssets: 1 })
})

test('a table that is written under another name each time, and renamed, has as many names, of which the first are shown', async () => {
  const swapped = (at: number) =>
    runEvent('dag.load', `run-${at}`, 'COMPLETE', minute(at), {
      inputs: [dataset('raw')],
      outputs: [
        dataset('table', {
          facets: {
            lifecycleStateChange: {
              lifecycleStateChange: 'RENAME',
              previousIdentifier: { namespace: 'lake', name: `staging-${String(at).padStart(4, '0')}` },
            },
          },
        }),
      ],
    })
  const names = Array.from({ length: 998 }, (_, at) => `old-${String(at).padStart(4, '0')}`)
  await sendEvents(server, [
    runEvent('dag.load', 'run-0', 'COMPLETE', minute(0), {
      outputs: [dataset('table', { facets: symlinks(...names) })],
    }),
    ...Array.from({ length: 5 }, (_, at) => swapped(at + 1)),
  ])
  type Data = { asset: { aliasCount: number; aliases: { key: string }[]; materializations: object } }
  const { asset } = await server.query<Data, undefined>(`{ asset(namespace: "lake", key: "staging-0005") {
    aliasCount aliases { key } materializations { totalCount } } }`)
  expect(asset.aliasCount).toBe(1003)
  expect(asset.aliases.map(({ key }) => key)).toEqual([...names, 'staging-0001', 'staging-0002'])
  expect(asset.materializations).toEqual({ totalCount: 6 })
})

test('what is recorded under the other name at the same time is of the asset too', async () => {
  const count = 40
  await Promise.all([
    ...Array.from({ length: count }, (_, at) =>
      tryRecord(at % 2 === 0 ? server : other, {
        idempotencyKey: `concurrent-${at}`,
        assets: [{ ...lake(at % 4 < 2 ? 'db.table' : 'table'), upstream: [lake(`up-${at}`)] }],
      }),
    ),
    sendEvents(other, [linking()]),
  ])
  expect((await assetOf('table'))?.materializations.totalCount).toBe(count + 1)
  const rows = await server.database.sql(
    "SELECT FROM asset WHERE key = 'db.table' UNION ALL SELECT FROM materialization m JOIN asset_name n ON n.id = m.asset_id AND n.asset_id <> n.id",
  )
  expect(rows).toEqual([])
})

const recording = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c'),
    upstream: fc.subarray(['a', 'b', 'd']),
    at: fc.nat(4),
    partitionKey: fc.constantFrom(null, 'p'),
    description: fc.constantFrom(null, 'one', 'two'),
  })
  .map(
    ({ key, upstream, at, ...rest }): Run => ({
      materializedAt: minute(at),
      assets: [{ ...lake(key), ...rest, upstream: upstream.map(lake) }],
    }),
  )
const link = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    alias: fc.constantFrom('a', 'b', 'c', 'e'),
    at: fc.nat(4),
  })
  .map(({ name, alias, at }) =>
    runEvent('dag.load', `run-${at}`, 'COMPLETE', minute(at), {
      outputs: [dataset(name, { facets: symlinks(alias) })],
    }),
  )
const history = fc
  .record({
    recordings: fc.array(recording, { minLength: 1, maxLength: 6 }),
    links: fc.array(link, { minLength: 1, maxLength: 3 }),
  })
  .map(({ recordings, links }) => [
    ...recordings.map((run, at) => ({
      run: {
        ...run,
        idempotencyKey: `recording-${at}`,
        // Every other is a delivery of one storage event: of equally new ones the last to come would count.
        ...(at % 2 === 0 ? { storageEventId: 1, materializedAt: minute(10 + at) } : {}),
      },
    })),
    ...links.map((event) => ({ event })),
  ])
type Delivery = { run: Run } | { event: object }

async function deliver(one: Delivery): Promise<void> {
  if ('run' in one) await record(server, one.run)
  else await sendEvents(server, [one.event])
}

test('recordings and what says that their names are one, in any order, end in the same state', async () => {
  await fc.assert(
    fc.asyncProperty(
      history.chain((list: Delivery[]) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
      async ([list, shuffled]) => {
        await clear(server)
        for (const one of list) await deliver(one)
        const once = await dumpTables(server)
        await clear(server)
        await Promise.all(shuffled.map(deliver))
        expect(await dumpTables(server)).toEqual(once)
      },
    ),
    { numRuns: 100, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
}, 120_000)

test('names survive an export as OpenLineage that is sent to another server', async () => {
  await sendEvents(server, [
    linking(),
    runEvent('dag.extract', 'run-2', 'COMPLETE', minute(1), {
      outputs: [dataset('raw', { facets: symlinks('db.raw', 'raw.v0') })],
    }),
  ])
  const text = await exportText(server, {
    namespace: 'lake',
    key: 'table',
    direction: 'UPSTREAM',
    format: 'openlineage',
  })
  await using empty = await startTestServer()
  await sendEvents(
    empty,
    lastLineAside(text).map((line) => JSON.parse(line)),
  )
  for (const name of ['table', 'db.table', 'raw', 'db.raw', 'raw.v0']) {
    const [here, there] = [await assetOf(name), await assetOf(name, empty)]
    expect(there?.key).toBe(here?.key)
    expect(there?.aliases).toEqual(here?.aliases)
  }
  expect((await assetOf('raw', empty))?.aliases).toHaveLength(2)
  const edgesFrom = async (from: TestServer) =>
    edgeNames((await walk(from, lake('db.table'), { direction: 'UPSTREAM' })).edges)
  expect(await edgesFrom(empty)).toEqual(await edgesFrom(server))
})

/** The lines of an export, without its trailer, which no event is. */
const lastLineAside = (text: string) => text.trimEnd().split('\n').slice(0, -1)
