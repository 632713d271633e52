import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Sent, scansOf, sentBy } from '../harness/plans.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf, updateWebhook } from '../harness/webhooks.js'

// What webhooks are told by is sent behind the requests that test/store/plans.test.ts looks at: this looks at it with
// hundreds of thousands of rows in the tables that grow.

const DELIVERIES = `INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status,
    attempts, due_at, expires_at)
  SELECT gen_random_uuid(), ('00000000-0000-7000-8000-0000000000' || lpad((n % 20)::text, 2, '0'))::uuid,
    'key ' || n % 5000, n, 'CHECK_FAILED', '{}', now(), (ARRAY['DELIVERED', 'DELIVERED', 'DEAD', 'PENDING'])[1 + n / 7 % 4],
    1, now() + n * interval '1 second', now() + interval '1 day'
  FROM generate_series(1, 200000) AS n`

const WEBHOOKS = `INSERT INTO webhook (id, url, events, namespaces, incomplete_after_minutes, secret, status, created_at, created_by)
  SELECT ('00000000-0000-7000-8000-0000000000' || lpad(n::text, 2, '0'))::uuid, 'http://127.0.0.1:9/', '{CHECK_FAILED,ASSET_STALE}',
    '{nowhere}', 30, 'whsec_' || encode(sha256('x'), 'base64'), 'PAUSED', now(), 'test' FROM generate_series(0, 19) AS n`

const LANES = `INSERT INTO webhook_lane (webhook_id, ordering_key, due_at)
  SELECT webhook_id, ordering_key, max(due_at) + interval '1 hour' FROM webhook_delivery WHERE status = 'PENDING' GROUP BY 1, 2`

const CHECKS = `INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
  SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a', 'PASSED', 'ERROR', now() FROM generate_series(1, 50000)`

const ASSERTIONS = `INSERT INTO run_assertions (asset_id, id, run_id, as_of, checked_at, results, result_count)
  SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), now(), '[]', 0 FROM generate_series(1, 50000)`

const EDGES = `INSERT INTO lineage_edge (downstream_id, upstream_id)
  SELECT gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 50000)`

const AWAITED = `INSERT INTO webhook_dag_run (webhook_id, dag_id, recorded_at, due_at)
  SELECT gen_random_uuid(), 'run ' || n, now(), now() + n * interval '1 second' FROM generate_series(1, 50000) AS n`

const TOLD = `INSERT INTO webhook_told_stale (asset_id, webhook_id)
  SELECT gen_random_uuid(), gen_random_uuid() FROM generate_series(1, 50000)`

const STALE_CHECKS = `INSERT INTO webhook_stale_check (asset_id, turn, place, is_done, since)
  SELECT gen_random_uuid(), n, n, n > 100, now() FROM generate_series(1, 50000) AS n`

const LARGE = [
  'webhook_delivery',
  'webhook_lane',
  'check_result',
  'run_assertions',
  'lineage_edge',
  'webhook_dag_run',
  'webhook_told_stale',
  'webhook_stale_check',
]

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: RECEIVED_HERE })
  // Active at last: what was there before is no news to them.
  const activate = `UPDATE webhook SET status = 'ACTIVE'`
  const fills = [
    WEBHOOKS,
    DELIVERIES,
    LANES,
    CHECKS,
    ASSERTIONS,
    EDGES,
    AWAITED,
    TOLD,
    STALE_CHECKS,
    activate,
    'ANALYZE',
  ]
  for (const fill of fills) await server.database.sql(fill)
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

test('nothing that is sent for webhooks reads a table whole that grows', async () => {
  const sent = await sentBy(async () => {
    await using receiver = await startReceiver()
    const { webhook } = await createWebhook(server, receiver.url, [
      'CHECK_FAILED',
      'NEW_CONSUMER',
      'ASSET_STALE',
      'DAG_RUN_INCOMPLETE',
    ])
    let refused = 0
    receiver.answering = (response, one) => {
      if (one.type === 'asset.consumer_added' && refused < 2)
        response.writeHead(refused++ === 0 ? 503 : 410).end()
      else take(response, one)
    }
    await check(server, 'a', 'fails')
    await record(server, { assets: [{ key: 'b', version: '1' }], upstream: [{ key: 'a' }], dagId: 'run' })
    await record(server, { assets: [{ key: 'a', version: '2' }] })
    await receiver.until(({ received }) => received.length >= 4)
    await logOf(server, webhook.id)
    let [dead] = await logOf(server, webhook.id, 'DEAD')
    while (dead === undefined) [dead] = await logOf(server, webhook.id, 'DEAD')
    await updateWebhook(server, webhook.id, { status: 'ACTIVE' })
    await updateWebhook(server, webhook.id, { namespaces: ['default'], assets: { keyPrefix: 'a' } })
    await server.query('mutation ($id: ID!) { replayDelivery(id: $id) { id } }', { id: dead.id })
    await receiver.until((all) => all.taken().some(({ id }) => id === dead?.id))
    const { told } = await server.query<{ told: { id: string } }, object>(
      'mutation ($id: ID!) { told: testWebhook(id: $id) { id } }',
      { id: webhook.id },
    )
    await receiver.until((all) => all.taken().some(({ id }) => id === told.id))
    await server.query('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: webhook.id })
  })
  const asked = eachOnce(sent.filter(({ text }) => /webhook|m\.transaction_id|r.after/.test(text)))
  // Opened, leased, taken, told, failed, closed, due next, due, resumed, replayed, begun to fail, written.
  const all = asked.map(({ text }) => text).join()
  for (const part of [
    'INSERT INTO webhook_lane',
    'SKIP LOCKED',
    'h.place LIMIT 1',
    `'DELIVERED'`,
    '"isDead"',
    'DELETE FROM webhook_lane WHERE',
    'GREATEST',
    'EXISTS (SELECT FROM webhook_lane',
    'lease IS NULL',
    'attempts > 0',
    'attempts = 0, delivered_at',
    'failing_since = now()',
    'NOT is_done ORDER BY place',
    'is_done AND turn <',
    'SET is_done = c.again IS NULL',
    'ON CONFLICT (id)',
  ])
    expect(all).toContain(part)
  const whole: string[] = []
  for (const one of asked) {
    // Everything goes.
    if (one.text === 'DELETE FROM webhook_stale_check') continue
    const scans = await scansOf(server.database, one)
    whole.push(
      ...scans
        .filter((scan) => LARGE.some((table) => scan === `Seq Scan ${table}`))
        .map((scan) => `${scan}: ${one.text}`),
    )
  }
  expect(whole).toEqual([])
})

function eachOnce(all: readonly Sent[]): Sent[] {
  return [
    ...new Map(
      all
        .filter(({ text }) => /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)/.test(text))
        .map((one) => [one.text, one]),
    ).values(),
  ]
}
