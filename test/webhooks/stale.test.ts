import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { createTestDatabase } from '../harness/database.js'
import { record, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startServerProcess } from '../harness/server-process.js'
import { RECEIVED_HERE, type Received, startReceiver, TOLD_BY_OTHERS } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf, updateWebhook } from '../harness/webhooks.js'

jest.setTimeout(120_000)

const log: string[] = []
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    variables: { ...RECEIVED_HERE, HEADWATER_LOG_LEVEL: 'warn' },
    logTo: { write: (line) => void log.push(line) },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const made = (namespace: string, key: string, version: string, from?: string) => ({
  assets: [{ namespace, key, version }],
  ...(from === undefined ? {} : { upstream: [{ namespace, key: from }] }),
})
const keyOf = ({ data }: Received) => (data['asset'] as { key: string }).key

/** All that was recorded has been looked at, and all downstream of it. */
async function settled(): Promise<void> {
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['settled'] } })
  await check(server, 'settled', 'marks the end')
  await receiver.until(({ received }) => received.length === 1)
  const left = () => server.database.sql('SELECT asset_id FROM webhook_stale_check LIMIT 1')
  while ((await left()).length > 0);
}

test('what others have recorded, with however much behind it, takes nobody’s place', async () => {
  await record(server, made('others', 'root', 'v1'))
  for (const run of [made('mine', 'source', 'v1'), made('mine', 'mid', 'm1', 'source')])
    await record(server, run)
  await record(server, made('mine', 'end', 'e1', 'mid'))
  await server.database.sql(
    `INSERT INTO lineage_edge (upstream_id, downstream_id) SELECT $1, gen_random_uuid() FROM generate_series(1, 25000)`,
    [assetIdOf({ namespace: 'others', key: 'root' })],
  )
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['ASSET_STALE'], { namespaces: ['mine'] })
  await recordBatch(server, [
    { jobId: 'job', ...made('others', 'root', 'v2') },
    { jobId: 'job', ...made('mine', 'source', 'v2') },
  ])
  await receiver.until(({ received }) => received.length === 2)
  expect(receiver.received.map(keyOf).sort()).toEqual(['end', 'mid'])
  // Of all that nothing stays.
  await settled()
})

test('of what very much is made from, and which is recorded again and again meanwhile, all of it is come to', async () => {
  await record(server, made('hub', 'hub', '0'))
  const consumers = Array.from({ length: 5_500 }, (_one, at) => ({
    namespace: 'hub',
    key: `consumer ${at}`,
    version: '1',
    upstream: [{ namespace: 'hub', key: 'hub' }],
  }))
  for (let at = 0; at < consumers.length; at += 500)
    await record(server, { assets: consumers.slice(at, at + 500) })
  await using receiver = await startReceiver()
  const watched = consumers.filter((_one, at) => at % 25 === 0).map(({ key }) => key)
  await createWebhook(server, receiver.url, ['ASSET_STALE'], { assets: { namespace: 'hub', keys: watched } })
  let isOver = false
  const recording = (async () => {
    for (let version = 1; !isOver; version++) await record(server, made('hub', 'hub', String(version)))
  })()
  await receiver.until(({ received }) => received.length === watched.length)
  isOver = true
  await recording
  expect(receiver.received.map(keyOf).sort()).toEqual([...watched].sort())
})

test('what cannot be judged is passed over with a word in the log, and nothing else with it', async () => {
  await record(server, made('deep', 'source', 'v1'))
  await record(server, made('deep', 'heavy', 'h1'))
  await record(server, made('deep', 'mid', 'm1', 'source'))
  await server.database.sql(
    `INSERT INTO latest_materialization (asset_id, partition_key, materialization_id, materialized_at)
     SELECT $1, 'p' || n, gen_random_uuid(), now() FROM generate_series(1, 100001) AS n`,
    [assetIdOf({ namespace: 'deep', key: 'heavy' })],
  )
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['ASSET_STALE'], { namespaces: ['deep'] })
  await recordBatch(server, [
    { jobId: 'job', ...made('deep', 'heavy', 'h2') },
    { jobId: 'job', ...made('deep', 'source', 'v2') },
  ])
  await receiver.until(({ received }) => received.length === 1)
  expect(receiver.received.map(keyOf)).toEqual(['mid'])
  await settled()
  expect(log.map((line) => JSON.parse(line) as object).filter((line) => 'what' in line)).toMatchObject([
    { what: 'ASSET_STALE', assetId: assetIdOf({ namespace: 'deep', key: 'heavy' }), reason: /100000/ },
  ])
})

test('each webhook is told by what it has been told itself, whenever it was made', async () => {
  await record(server, made('each', 'source', 'v1'))
  await record(server, made('each', 'end', 'e1', 'source'))
  await using first = await startReceiver()
  await using second = await startReceiver()
  const { webhook } = await createWebhook(server, first.url, ['ASSET_STALE'], { namespaces: ['each'] })
  await record(server, made('each', 'source', 'v2'))
  await first.until(({ received }) => received.length === 1)
  await createWebhook(server, second.url, ['ASSET_STALE'], { namespaces: ['each'] })
  await record(server, made('each', 'source', 'v3'))
  await second.until(({ received }) => received.length === 1)
  await settled()
  expect(first.received).toHaveLength(1)
  // What becomes fresh while one is told of other things does not count as stale for ever.
  await updateWebhook(server, webhook.id, { assets: { keyPrefix: 'nothing' } })
  await record(server, made('each', 'end', 'e2', 'source'))
  await updateWebhook(server, webhook.id, { assets: { keyPrefix: 'end' } })
  await settled()
  await record(server, made('each', 'source', 'v4'))
  await first.until(({ received }) => received.length === 2)
  await second.until(({ received }) => received.length === 2)
  await settled()
  expect([...first.received, ...second.received].map(keyOf)).toEqual(['end', 'end', 'end', 'end'])
})

test('its time is that of the recording that is behind it, however late it is looked at; servers that are killed lose nothing', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  await using recorder = await startTestServer({ database, variables: TOLD_BY_OTHERS })
  const keys = Array.from({ length: 60 }, (_one, at) => `step ${at}`)
  for (const [at, key] of keys.entries()) await record(recorder, made('chain', key, '1', keys[at - 1]))
  const { webhook } = await createWebhook(recorder, receiver.url, ['ASSET_STALE'])
  const {
    materializations: [latest],
  } = await record(recorder, made('chain', keys[0] ?? '', '2'))
  const { materialization } = await recorder.query<{ materialization: { recordedAt: string } }, object>(
    'query ($id: ID!) { materialization(id: $id) { recordedAt } }',
    { id: latest?.id },
  )
  for (const enough of [5, 20, 59]) {
    const one = await startServerProcess({ variables: { ...RECEIVED_HERE, DATABASE_URL: database.url } })
    await receiver.until((all) => all.taken().length >= enough)
    one.kill('SIGKILL')
    await one.exited
  }
  expect(receiver.taken().map(keyOf).sort()).toEqual(keys.slice(1).sort())
  const times = new Set(
    receiver.taken().map(({ body }) => (JSON.parse(body) as { timestamp: string }).timestamp),
  )
  expect([...times]).toEqual([materialization.recordedAt])
  expect(await logOf(recorder, webhook.id)).toHaveLength(59)
})
