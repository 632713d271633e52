import { expect, jest, test } from '@jest/globals'
import { assetIdOf, DEFAULT_NAMESPACE } from '../../src/lineage/asset-ref.js'
import { createTestDatabase } from '../harness/database.js'
import { record, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startDatabaseProxy } from '../harness/tcp-proxy.js'
import { nodeNames, walk } from '../harness/walks.js'

jest.setTimeout(120_000)

const SELDOM = { HEADWATER_GRAPH_POLL_MS: '600000' }
const FEED = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'headwater graph'`

const downOf = async (server: TestServer, key: string) =>
  nodeNames((await walk(server, key, { direction: 'DOWNSTREAM' })).nodes)

/** Walks until the graph in the process answers again. */
async function untilServed(server: TestServer, key: string): Promise<void> {
  while (!(await isServed(server, key)));
}

/** Not by a request that meets a connection which is just breaking: that is told to come again. */
async function isServed(server: TestServer, key: string): Promise<boolean> {
  try {
    return (await server.statementsOf(() => downOf(server, key))).length <= 1
  } catch (error) {
    if (!String(error).includes('SERVICE_UNAVAILABLE')) throw error
    return false
  }
}

test('a repeat that another server has written first is seen at once where it was answered', async () => {
  await using database = await createTestDatabase()
  await using one = await startTestServer({ database, variables: SELDOM })
  await using other = await startTestServer({ database, variables: SELDOM })
  const run = { idempotencyKey: 'key', assets: [{ key: 'b' }], upstream: [{ key: 'a' }] }
  await record(one, run)
  expect((await record(other, run)).duplicate).toBe(true)
  expect(await downOf(other, 'a')).toEqual(['a@0', 'b@1'])
})

test('what is registered of an asset walks show, on every server', async () => {
  await using database = await createTestDatabase()
  await using one = await startTestServer({ database, variables: SELDOM })
  await using other = await startTestServer({ database, variables: SELDOM })
  await record(one, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  const kind = async (server: TestServer) => {
    type Data = { lineage: { nodes: { asset: { kind: string } }[] } }
    const { lineage } = await server.query<Data, undefined>(
      '{ lineage(root: { key: "a" }, direction: UPSTREAM) { nodes { asset { kind } } } }',
    )
    return lineage.nodes[0]?.asset.kind
  }
  await other.seeDatabase()
  expect(await kind(one)).not.toBe('model')
  expect(await kind(other)).not.toBe('model')
  await one.query<object, undefined>(
    'mutation { registerAssetConfig(input: { nodes: [{ nodeTaskId: "n", assets: [{ key: "a", kind: "model" }] }] }) { nodeCount } }',
  )
  expect(await kind(one)).toBe('model')
  await other.seeDatabase()
  expect(await kind(other)).toBe('model')
})

test('an edge whose asset is not there takes no other with it', async () => {
  await using database = await createTestDatabase()
  await using first = await startTestServer({ database, variables: SELDOM })
  for (const [upstream, key] of [
    ['a', 'b'],
    ['gone', 'b'],
    ['b', 'c'],
    ['c', 'd'],
  ] as const)
    await record(first, { assets: [{ key }], upstream: [{ key: upstream }] })
  await database.sql('DELETE FROM asset WHERE id = $1', [
    assetIdOf({ namespace: DEFAULT_NAMESPACE, key: 'gone' }),
  ])
  await using second = await startTestServer({ database, variables: SELDOM })
  expect(await downOf(second, 'a')).toEqual(['a@0', 'b@1', 'c@2', 'd@3'])
})

test('where its connection is lost the graph is loaded anew, and misses nothing', async () => {
  await using server = await startTestServer({ variables: { HEADWATER_GRAPH_POLL_MS: '10' } })
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  for (let at = 0; at < 5; at++) {
    await server.database.sql(FEED)
    await record(server, { assets: [{ key: `c${at}` }], upstream: [{ key: 'a' }] })
    expect(await downOf(server, 'a')).toHaveLength(3 + at)
    await untilServed(server, 'a')
    expect(await downOf(server, 'a')).toHaveLength(3 + at)
  }
})

test('a connection that has frozen is given up, and the graph comes back when the network does', async () => {
  await using database = await createTestDatabase()
  await using proxy = await startDatabaseProxy(database.url)
  await using server = await startTestServer({
    database,
    variables: { DATABASE_URL: proxy.url, HEADWATER_GRAPH_POLL_MS: '10' },
  })
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  proxy.freeze()
  await server.seeDatabase()
  proxy.restore()
  await untilServed(server, 'a')
  expect(await downOf(server, 'a')).toEqual(['a@0', 'b@1'])
})

test('tables that were emptied under it are noticed', async () => {
  await using server = await startTestServer({ variables: SELDOM })
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  await server.database.sql(
    'TRUNCATE asset, asset_state, materialization, materialization_input, latest_materialization, lineage_edge, lineage_edge_stats',
  )
  await server.seeDatabase()
  const { errors } = await server.ask('{ lineage(root: { key: "a" }, direction: BOTH) { watermark } }')
  expect(errors[0]?.extensions.code).toBe('ASSET_NOT_FOUND')
})

test('what is loaded anew is loaded once, and serves from then on', async () => {
  const loaded: string[] = []
  const logTo = { write: (line: string) => void (line.includes('"graph loaded"') && loaded.push(line)) }
  await using server = await startTestServer({ variables: { HEADWATER_LOG_LEVEL: 'info' }, logTo })
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  await server.seeDatabase('anew')
  // Takes its turn behind whatever was to be loaded.
  await server.seeDatabase()
  expect(loaded).toHaveLength(2)
  expect(await server.statementsOf(() => downOf(server, 'a'))).toHaveLength(1)
})

test('a first look for changes that fails is made up for', async () => {
  await using database = await createTestDatabase()
  await using first = await startTestServer({ database })
  await record(first, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  const blocker = await database.connect()
  await blocker.query('BEGIN; LOCK TABLE materialization IN ACCESS EXCLUSIVE MODE')
  const logTo = {
    write: (line: string) => {
      // It has failed once: from now on it may go well.
      if (line.includes('changes cannot be read')) void blocker.end()
    },
  }
  const variables = { HEADWATER_STATEMENT_TIMEOUT_MS: '500', HEADWATER_LOG_LEVEL: 'warn' }
  await using second = await startTestServer({ database, variables, logTo })
  expect(await second.statementsOf(() => downOf(second, 'a'))).toHaveLength(1)
})

test('a server stops while its graph is being loaded, whatever that waits for', async () => {
  await using database = await createTestDatabase()
  await using first = await startTestServer({ database })
  const blocker = await database.connect()
  try {
    await blocker.query('BEGIN; LOCK TABLE lineage_edge IN ACCESS EXCLUSIVE MODE')
    const second = await startTestServer({ database, isLoaded: false })
    const isWaiting = async () =>
      (
        await first.database.sql(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY%'`,
        )
      ).length > 0
    while (!(await isWaiting()));
    await second.stop()
  } finally {
    await blocker.end()
  }
})

test('a database that is read-only for now is answered with 503', async () => {
  await using server = await startTestServer()
  await server.database.sql(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
  )
  await server.database.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'headwater%'`,
  )
  for (;;) {
    const { status, headers, errors } = await tryRecord(server, { assets: [{ key: 'a' }] })
    expect([status, headers.get('retry-after'), errors[0]?.extensions.code]).toEqual([
      503,
      '1',
      'SERVICE_UNAVAILABLE',
    ])
    // Until then the connections are still being lost.
    const [readOnly] = await server.database.sql<{ count: number }>(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'headwater'`,
    )
    if ((readOnly?.count ?? 0) > 0) break
  }
})
