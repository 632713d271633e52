import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { postEvents, runEvent } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { subscribe } from '../harness/subscriber.js'
import { walk } from '../harness/walks.js'
import { RECEIVED_HERE, startReceiver } from '../harness/webhook-receiver.js'
import { check, createWebhook } from '../harness/webhooks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Every sample, by its name and labels. */
async function samples(of: TestServer = server): Promise<Map<string, number>> {
  const response = await fetch(`${of.url}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

const requests = (type: string, outcome: string) =>
  `headwater_request_duration_seconds_count{type="${type}",outcome="${outcome}"}`

/** How much each of these has grown while `work` was done. Answers are counted when they have been sent. */
async function growth(names: readonly string[], work: () => Promise<unknown>): Promise<number[]> {
  const before = await samples()
  await work()
  for (;;) {
    const after = await samples()
    const grown = names.map((name) => (after.get(name) ?? 0) - (before.get(name) ?? 0))
    if (!grown.includes(0)) return grown
  }
}

test('failures are 0 until the first: an alert of their growth sees that one too', async () => {
  const found = await samples()
  for (const work of ['recording', 'walk'])
    expect(found.get(`headwater_failures_total{work="${work}"}`)).toBe(0)
})

test('what webhooks are to be told, and have been, is counted', async () => {
  await using told = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  const attempts = (outcome: string) => `headwater_webhook_attempts_total{outcome="${outcome}"}`
  for (const outcome of ['delivered', 'failed', 'dead'])
    expect((await samples(told)).get(attempts(outcome))).toBe(0)
  await createWebhook(told, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['taken', 'failing'] } })
  await createWebhook(told, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['gone'] } })
  receiver.answering = (response, one) => {
    const { key } = one.data['asset'] as { key: string }
    response.writeHead({ taken: 204, failing: 503 }[key] ?? 410).end()
  }
  for (const key of ['taken', 'failing', 'gone']) await check(told, key, 'one')
  for (;;) {
    const found = await samples(told)
    if (['delivered', 'failed', 'dead'].every((outcome) => (found.get(attempts(outcome)) ?? 0) > 0)) break
  }
  // They are counted when a server starts, and again and again.
  await using other = await startTestServer({ database: told.database, variables: RECEIVED_HERE })
  const found = await samples(other)
  expect([
    found.get('headwater_webhook_deliveries_pending'),
    found.get('headwater_webhook_deliveries_dead'),
    found.get('headwater_webhook_failing'),
    found.get('headwater_webhook_paused'),
  ]).toEqual([1, 1, 1, 1])
  expect(found.get('headwater_webhook_oldest_pending_seconds')).toBeGreaterThan(0)
})

test('requests are timed by what they ask for and what becomes of them', async () => {
  await record(server, { assets: [{ key: 'made' }], upstream: [{ key: 'raw' }] })
  const kinds = [
    requests('query', 'ok'),
    requests('query', 'refused'),
    requests('mutation', 'ok'),
    requests('graphql', 'refused'),
    requests('openlineage', 'ok'),
    requests('openlineage', 'refused'),
    requests('export', 'ok'),
    requests('other', 'refused'),
  ]
  const grown = await growth(kinds, async () => {
    await server.ask('{ asset(key: "made") { key } }')
    await server.ask('{ asset(key: "made") { key } }')
    await server.ask('{ assets(first: 100000) { nodes { key } } }')
    await record(server, { assets: [{ key: 'made' }] })
    await server.ask('{ nothing }')
    await postEvents(server, runEvent('load', '1', 'START', minute(1)))
    await postEvents(server, '{')
    await (await fetch(`${server.url}/export/lineage?key=made&direction=UPSTREAM`)).text()
    await fetch(`${server.url}/nowhere`)
  })
  expect(grown).toEqual([2, 1, 1, 1, 1, 1, 1, 1])
})

test('recordings and walks are timed, with how much they are', async () => {
  const names = [
    'recording_duration_seconds_count',
    'recording_materializations_sum',
    'walk_duration_seconds_count',
  ]
  const grown = await growth(
    [...names, 'walk_nodes_sum', 'failures_total{work="walk"}'].map((name) => `headwater_${name}`),
    async () => {
      await record(server, { assets: [{ key: 'made' }, { key: 'other' }], upstream: [{ key: 'raw' }] })
      await walk(server, 'made', { direction: 'UPSTREAM' })
      await server.ask(
        '{ lineage(root: { key: "made" }, direction: UPSTREAM, atLeast: "x") { nodes { distance } } }',
      )
    },
  )
  expect(grown).toEqual([1, 2, 2, 2, 1])
})

test('the graph, the connections, the queues, the event loop and the process are told of', async () => {
  await record(server, { assets: [{ key: 'made' }], upstream: [{ key: 'raw' }] })
  const found = await samples()
  expect(found.get('headwater_graph_serving')).toBe(1)
  expect(found.get('headwater_graph_nodes')).toBeGreaterThanOrEqual(2)
  expect(found.get('headwater_graph_edges')).toBeGreaterThanOrEqual(1)
  expect(found.get('headwater_graph_bytes')).toBeGreaterThan(100)
  expect([...found.keys()]).toEqual(
    expect.arrayContaining([
      'headwater_database_connections{state="idle"}',
      'headwater_database_connections{state="in_use"}',
      'headwater_database_waiting',
      'headwater_queue_depth{queue="recordings"}',
      'headwater_queue_depth{queue="events"}',
      'headwater_event_loop_delay_seconds{quantile="0.99"}',
      'process_resident_memory_bytes',
      expect.stringMatching(/^headwater_build_info\{version="\d+\./),
    ]),
  )
})

test('what waits to be recorded, and connections in use, are counted while they are', async () => {
  await whileHolding(server.database, 'LOCK TABLE materialization', async (untilBlocked) => {
    const all = Array.from({ length: 5 }, () => record(server, { assets: [{ key: 'made' }] }))
    // The others wait until one of these two is written.
    await untilBlocked(2)
    const found = await samples()
    expect(found.get('headwater_queue_depth{queue="recordings"}')).toBe(3)
    expect(found.get('headwater_database_connections{state="in_use"}')).toBeGreaterThanOrEqual(2)
    return { all }
  }).then(({ all }) => Promise.all(all))
})

test('who follows what is recorded is counted, over websockets and event streams', async () => {
  const { watermark: after } = await record(server, { assets: [{ key: 'made' }] })
  await record(server, { assets: [{ key: 'made' }] })
  const query = `subscription { materializationRecorded(after: "${after}") { watermark } }`
  await using one = subscribe<object>(server.url, query)
  await using other = subscribe<object>(server.url, query, { transport: 'event stream' })
  await Promise.all([one.next(), other.next()])
  const found = await samples()
  expect([found.get('headwater_subscriptions'), found.get('headwater_websockets')]).toEqual([2, 1])
})

test('without a graph in the process it says so; two servers do not mix', async () => {
  await using other = await startTestServer({ variables: WALKED.PostgreSQL })
  const found = await samples(other)
  expect(found.get('headwater_graph_serving')).toBe(0)
  expect(found.get('headwater_recording_duration_seconds_count')).toBe(0)
})

test('HEADWATER_METRICS=off switches it off', async () => {
  await using other = await startTestServer({ variables: { HEADWATER_METRICS: 'off' } })
  expect((await fetch(`${other.url}/metrics`)).status).toBe(404)
  await record(other, { assets: [{ key: 'made' }] })
})

test('where callers are asked who they are, metrics are not for strangers', async () => {
  const lines: string[] = []
  await using other = await startTestServer({
    variables: { HEADWATER_AUTH: 'on', HEADWATER_LOG_LEVEL: 'info' },
    logTo: { write: (line) => void lines.push(line) },
  })
  expect((await fetch(`${other.url}/metrics`)).status).toBe(401)
  // Who tries tokens there is seen.
  expect(lines.filter((line) => line.includes('"/metrics"') && line.includes('401'))).toHaveLength(1)
})
