import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { RECEIVED_HERE, type Received, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf, updateWebhook } from '../harness/webhooks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: RECEIVED_HERE })
})
afterAll(() => server[Symbol.asyncDispose]())

const register = (input: object) =>
  server.query('mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }', {
    input,
  })
const mine = (key: string, version = '1') => ({ namespace: 'mine', key, version })
const theirs = (key: string, version = '1') => ({ namespace: 'theirs', key: `secret ${key}`, version })
const named = ({ namespace, key }: { namespace: string; key: string }) => ({ namespace, key })
const keyOf = ({ data }: Received) => (data['asset'] as { key: string } | undefined)?.key

/** What is awaited of DAG runs is due now. */
async function timeIsOver(count: number): Promise<void> {
  const { sql } = server.database
  while ((await sql('SELECT dag_id FROM webhook_dag_run')).length < count);
  await sql(`UPDATE webhook_dag_run SET due_at = due_at - interval '31 minutes'`)
}

/** The log, once there is so much in it, and so many have been refused. */
async function logged(webhookId: string, count: number, refused: number) {
  for (;;) {
    const log = await logOf(server, webhookId)
    if (log.length === count && log.filter(({ lastStatus }) => lastStatus === 429).length === refused)
      return log
  }
}

test('what a webhook may be told no more is not sent, though it was pending; what it may be told is', async () => {
  await using receiver = await startReceiver()
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '3600' }).end()
  await register({
    dagId: 'run',
    nodes: [
      {
        nodeTaskId: 'node',
        assets: [
          { namespace: 'mine', key: 'a' },
          { namespace: 'mine', key: 'missing' },
        ],
      },
      { nodeTaskId: 'secret node', assets: [{ namespace: 'theirs', key: 'secret missing' }] },
    ],
  })
  const { webhook } = await createWebhook(
    server,
    receiver.url,
    ['NEW_CONSUMER', 'ASSET_STALE', 'DAG_RUN_INCOMPLETE'],
    { namespaces: ['mine', 'theirs'] },
  )
  await record(server, { assets: [theirs('source')] })
  await record(server, {
    dagId: 'run',
    nodeTaskId: 'node',
    assets: [mine('a')],
    upstream: [named(theirs('source'))],
  })
  await record(server, { assets: [theirs('consumer')], upstream: [named(mine('a'))] })
  await record(server, { assets: [theirs('source', '2')] })
  await timeIsOver(1)
  // The consumers of both, what is stale of both, and the run; what is of one asset waits for each other.
  const log = await logged(webhook.id, 5, 4)
  expect(JSON.stringify(log)).toContain('secret')
  await updateWebhook(server, webhook.id, { namespaces: ['mine'] })
  expect(JSON.stringify(await logOf(server, webhook.id))).not.toMatch(/secret|theirs/)
  receiver.answering = take
  await server.database.sql('UPDATE webhook_lane SET due_at = now()')
  await receiver.until((all) => all.taken().length === 3)
  expect(receiver.taken().map(({ type, data }) => [type, data])).toEqual(
    expect.arrayContaining([
      ['asset.consumer_added', { asset: named(mine('a')), consumer: null }],
      ['asset.stale', { asset: named(mine('a')), rootCauses: [], otherRootCauses: 1 }],
      ['dag_run.incomplete', expect.objectContaining({ dagId: 'run', incompleteNodes: 1 })],
    ]),
  )
  expect(JSON.stringify(receiver.taken())).not.toMatch(/secret|theirs/)
})

test('what is to be told of a run waits while a webhook is paused, whatever is changed of it then', async () => {
  await using receiver = await startReceiver()
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '3600' }).end()
  await register({
    dagId: 'paused run',
    nodes: [{ nodeTaskId: 'node', assets: [{ namespace: 'paused', key: 'd/missing' }] }],
  })
  const { webhook } = await createWebhook(server, receiver.url, ['DAG_RUN_INCOMPLETE'], {
    namespaces: ['paused'],
  })
  const made = { namespace: 'paused', key: 'd/made' }
  await record(server, { dagId: 'paused run', nodeTaskId: 'node', assets: [made] })
  await timeIsOver(1)
  await logged(webhook.id, 1, 1)
  await updateWebhook(server, webhook.id, { status: 'PAUSED' })
  await updateWebhook(server, webhook.id, { assets: { keyPrefix: 'd/' } })
  await updateWebhook(server, webhook.id, { url: `${receiver.url}?again` })
  receiver.answering = take
  await updateWebhook(server, webhook.id, { status: 'ACTIVE' })
  await receiver.until((all) => all.taken().length === 1)
  expect(receiver.taken().map(({ data }) => data['dagId'])).toEqual(['paused run'])
})

test('another time to wait holds for runs that are waited for already', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['DAG_RUN_INCOMPLETE'], {
    namespaces: ['patient'],
    incompleteAfterMinutes: 1,
  })
  await record(server, {
    dagId: 'patient run',
    nodeTaskId: 'node',
    assets: [{ namespace: 'patient', key: 'made' }],
  })
  const due = async () => {
    const [row] = await server.database.sql<{ minutes: number }>(
      `SELECT (EXTRACT(epoch FROM due_at - recorded_at) / 60)::int AS minutes FROM webhook_dag_run WHERE webhook_id = $1`,
      [webhook.id],
    )
    return row?.minutes
  }
  while ((await due()) === undefined);
  await updateWebhook(server, webhook.id, { incompleteAfterMinutes: 600 })
  expect(await due()).toBe(600)
  await updateWebhook(server, webhook.id, { events: ['CHECK_FAILED'] })
  expect(await due()).toBeUndefined()
})

test('so it is with other assets, and other events', async () => {
  await using receiver = await startReceiver()
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '3600' }).end()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED', 'NEW_CONSUMER'], {
    assets: { keyPrefix: 'asset ' },
  })
  for (const key of ['asset 1', 'asset 2']) await check(server, key, 'fails')
  await record(server, { assets: [{ key: 'made' }], upstream: [{ key: 'asset 2' }] })
  await logged(webhook.id, 3, 2)
  await updateWebhook(server, webhook.id, { assets: { keys: ['asset 2'] }, events: ['CHECK_FAILED'] })
  expect(
    (await logOf(server, webhook.id)).map(({ event, payload }) => [event, payload.data['asset']]),
  ).toEqual([['CHECK_FAILED', { namespace: 'default', key: 'asset 2' }]])
  receiver.answering = take
  await server.database.sql('UPDATE webhook_lane SET due_at = now()')
  await receiver.until((all) => all.taken().length === 1)
  expect(receiver.taken().map(keyOf)).toEqual(['asset 2'])
})

test('of a run what its DAG is called is told by nodes of which something may be seen, and by no others', async () => {
  await using receiver = await startReceiver()
  await register({
    dagId: 'named run',
    dagName: 'secret name',
    nodes: [{ nodeTaskId: 'hidden', assets: [] }],
  })
  await register({
    dagId: 'named run',
    nodes: [{ nodeTaskId: 'shown', assets: [{ namespace: 'mine', key: 'never made' }] }],
  })
  await createWebhook(server, receiver.url, ['DAG_RUN_INCOMPLETE'], { namespaces: ['mine'] })
  await record(server, { dagId: 'named run', nodeTaskId: 'hidden', assets: [theirs('made')] })
  await record(server, { dagId: 'named run', nodeTaskId: 'shown', assets: [mine('made')] })
  await timeIsOver(1)
  await receiver.until(({ received }) => received.length === 1)
  expect(receiver.received[0]?.data).toMatchObject({ dagName: null, incompleteNodes: 1 })
  expect(receiver.received[0]?.body).not.toContain('secret')
})
