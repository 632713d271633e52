import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf } from '../harness/webhooks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: RECEIVED_HERE })
})
afterAll(() => server[Symbol.asyncDispose]())

const register = (input: object) =>
  server.query('mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }', {
    input,
  })

test('a check that fails is told, signed by Standard Webhooks; one that passes is not', async () => {
  await using receiver = await startReceiver()
  const { webhook, secret } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/)
  await check(server, 'checked', 'no nulls', 'PASSED')
  await check(server, 'checked', 'in range')
  await receiver.until(({ received }) => received.length === 1)
  const [told] = receiver.received
  expect(told).toMatchObject({
    type: 'check.failed',
    data: {
      asset: { namespace: 'default', key: 'checked' },
      check: { name: 'in range', severity: 'ERROR', details: null, detailsOmitted: false },
      materialization: { jobId: 'job', version: null },
    },
  })
  const headers = told?.headers as Record<string, string>
  expect(headers['content-type']).toBe('application/json')
  expect(new StandardWebhook(secret).verify(told?.body ?? '', headers)).toMatchObject({
    type: 'check.failed',
  })
  expect(() => new StandardWebhook(secret).verify(`${told?.body} `, headers)).toThrow()
  const [logged] = await logOf(server, webhook.id)
  expect(logged).toMatchObject({ id: told?.id, event: 'CHECK_FAILED', attempts: 1 })
})

test('an assertion of an OpenLineage run that fails is told, once, however often the run is told of', async () => {
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'], { assets: { keyPrefix: 'asserted' } })
  const event = (eventType: string, key: string, success: boolean) => ({
    eventType,
    eventTime: new Date().toISOString(),
    run: { runId: '0190a000-0000-7000-8000-000000000001' },
    job: { namespace: 'default', name: 'job' },
    inputs: [
      {
        namespace: 'default',
        name: key,
        inputFacets: {
          dataQualityAssertions: {
            _producer: 'https://example.org',
            _schemaURL: 'https://openlineage.io/spec/facets/1-0-0/DataQualityAssertionsDatasetFacet.json',
            assertions: [{ assertion: 'not_null', success, column: 'x' }],
          },
        },
      },
    ],
    producer: 'https://example.org',
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  })
  const send = (body: object) =>
    fetch(`${server.url}/api/v1/lineage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  await record(server, { assets: [{ key: 'asserted' }, { key: 'asserted/too' }] })
  expect((await send(event('START', 'asserted', false))).ok).toBe(true)
  await receiver.until(({ received }) => received.length === 1)
  expect(receiver.received[0]).toMatchObject({ type: 'check.failed', data: { asset: { key: 'asserted' } } })
  // The run says the same again, and something of another asset.
  expect((await send(event('COMPLETE', 'asserted', false))).ok).toBe(true)
  expect((await send(event('COMPLETE', 'asserted/too', false))).ok).toBe(true)
  await receiver.until(({ received }) => received.length === 2)
  expect(receiver.received.map(({ data }) => (data['asset'] as { key: string }).key)).toEqual([
    'asserted',
    'asserted/too',
  ])
})

test('a new consumer is told to who watches the upstream asset, and once', async () => {
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['NEW_CONSUMER'], { assets: { keys: ['source'] } })
  await record(server, { assets: [{ key: 'other' }], upstream: [{ key: 'unwatched' }] })
  await record(server, { assets: [{ key: 'report' }], upstream: [{ key: 'source' }] })
  await record(server, { assets: [{ key: 'report' }], upstream: [{ key: 'source' }] })
  await record(server, { assets: [{ key: 'report/2' }], upstream: [{ key: 'source' }] })
  await receiver.until(({ received }) => received.length === 2)
  expect(receiver.received.map(({ type, data }) => [type, data])).toEqual(
    ['report', 'report/2'].map((key) => [
      'asset.consumer_added',
      { asset: { namespace: 'default', key: 'source' }, consumer: { namespace: 'default', key } },
    ]),
  )
})

test('what becomes stale downstream is told once, with why, and again when it was fresh in between', async () => {
  await using receiver = await startReceiver()
  const made = (key: string, version: string, from?: string) =>
    record(server, {
      assets: [{ key, version }],
      ...(from === undefined ? {} : { upstream: [{ key: from }] }),
    })
  await made('stale/raw', 'v1')
  await made('stale/mid', 'm1', 'stale/raw')
  await made('stale/end', 'e1', 'stale/mid')
  await createWebhook(server, receiver.url, ['ASSET_STALE'], { assets: { keyPrefix: 'stale/' } })
  await made('stale/raw', 'v2')
  await receiver.until(({ received }) => received.length === 2)
  const told = () =>
    receiver.received.map(({ data }) => [
      (data['asset'] as { key: string }).key,
      (data['rootCauses'] as object[])[0],
    ])
  const cause = (usedVersion: string, latestVersion: string) => ({
    upstream: { namespace: 'default', key: 'stale/raw' },
    usedVersion,
    latestVersion,
  })
  expect(told().sort()).toEqual([
    ['stale/end', cause('v1', 'v2')],
    ['stale/mid', cause('v1', 'v2')],
  ])
  // They were stale before: nothing is said.
  await made('stale/raw', 'v3')
  // Both are made anew, and one of them is fresh before it becomes stale again.
  await made('stale/mid', 'm2', 'stale/raw')
  await made('stale/end', 'e2', 'stale/mid')
  await settled()
  expect(receiver.received).toHaveLength(2)
  await made('stale/mid', 'm3', 'stale/raw')
  await receiver.until(({ received }) => received.length === 3)
  expect(told()[2]?.[0]).toBe('stale/end')
})

test('a DAG run whose required assets are missing is told when its time is over, once until more is recorded', async () => {
  await using receiver = await startReceiver()
  await register({
    dagId: 'late-run',
    nodes: [{ nodeTaskId: 'ocr', assets: [{ key: 'ocr/text' }, { key: 'ocr/bboxes' }] }],
  })
  const { webhook } = await createWebhook(server, receiver.url, ['DAG_RUN_INCOMPLETE'])
  const run = { dagId: 'late-run', nodeTaskId: 'ocr' }
  await record(server, { ...run, assets: [{ key: 'ocr/text' }] })
  await timeIsOver(webhook.id)
  await receiver.until(({ received }) => received.length === 1)
  expect(receiver.received[0]).toMatchObject({
    type: 'dag_run.incomplete',
    data: {
      dagId: 'late-run',
      incompleteNodes: 1,
      nodes: [
        {
          nodeTaskId: 'ocr',
          requiredAssets: 2,
          materializedRequired: 1,
          missingRequiredAssets: ['ocr/bboxes'],
        },
      ],
    },
  })
  await record(server, { ...run, assets: [{ key: 'ocr/text' }] })
  await timeIsOver(webhook.id)
  await receiver.until(({ received }) => received.length === 2)
  // What is complete is not told of.
  await record(server, { ...run, assets: [{ key: 'ocr/bboxes' }] })
  await timeIsOver(webhook.id)
  await settled()
  expect(receiver.received).toHaveLength(2)
})

test('of what is registered for every run the nodes count that the run has recorded something under', async () => {
  await using receiver = await startReceiver()
  await register({
    nodes: [
      { nodeTaskId: 'began', assets: [{ key: 'began/made' }, { key: 'began/missing' }] },
      { nodeTaskId: 'never began', assets: [{ key: 'never/made' }] },
    ],
  })
  const { webhook } = await createWebhook(server, receiver.url, ['DAG_RUN_INCOMPLETE'])
  await record(server, { dagId: 'any run', nodeTaskId: 'began', assets: [{ key: 'began/made' }] })
  await timeIsOver(webhook.id)
  await receiver.until(({ received }) => received.length === 1)
  expect(receiver.received[0]?.data).toMatchObject({
    incompleteNodes: 1,
    nodes: [{ nodeTaskId: 'began', missingRequiredAssets: ['began/missing'] }],
  })
  const { dagStatus } = await server.query<{ dagStatus: { nodeTaskId: string }[] }, undefined>(
    '{ dagStatus(dagId: "any run") { nodeTaskId } }',
  )
  expect(dagStatus).toEqual([{ nodeTaskId: 'began' }])
})

/** What of a webhook is awaited is due now; settles when it has been looked at. */
async function timeIsOver(webhookId: string): Promise<void> {
  const { sql } = server.database
  const due = () => sql('SELECT dag_id FROM webhook_dag_run WHERE webhook_id = $1', [webhookId])
  while ((await due()).length === 0) await new Promise((resolve) => setImmediate(resolve))
  await sql(`UPDATE webhook_dag_run SET due_at = due_at - interval '31 minutes' WHERE webhook_id = $1`, [
    webhookId,
  ])
  while ((await due()).length > 0) await new Promise((resolve) => setImmediate(resolve))
}

/** All that was recorded has been looked at: what is recorded behind it has been told. */
async function settled(): Promise<void> {
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['settled'] } })
  await check(server, 'settled', 'marks the end')
  await receiver.until(({ received }) => received.length === 1)
}
