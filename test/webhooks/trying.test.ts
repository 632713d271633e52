import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Webhook } from 'standardwebhooks'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, type Logged, logOf, updateWebhook } from '../harness/webhooks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: RECEIVED_HERE })
})
afterAll(() => server[Symbol.asyncDispose]())

const TEST = `mutation ($id: ID!) { told: testWebhook(id: $id) { id event status attempts payload } }`
const REPLAY = 'mutation ($id: ID!) { replayDelivery(id: $id) { id status } }'
const DELIVERY =
  'query ($id: ID!) { delivery: webhookDelivery(id: $id) { id event status attempts lastStatus lastError nextAttemptAt } }'

const tried = async (id: string) => (await server.query<{ told: Logged }, object>(TEST, { id })).told

async function deliveryOf(id: string, isWanted: (found: Logged) => boolean): Promise<Logged> {
  for (;;) {
    const { delivery } = await server.query<{ delivery: Logged }, object>(DELIVERY, { id })
    if (isWanted(delivery)) return delivery
  }
}

test('a test is signed, sent and logged as all else, and says that it is one', async () => {
  await using receiver = await startReceiver()
  const { webhook, secret } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const told = await tried(webhook.id)
  expect(told).toMatchObject({ event: 'TEST', status: 'PENDING', attempts: 0 })
  await receiver.until((all) => all.taken().length === 1)
  const [received] = receiver.taken()
  if (received === undefined) throw new Error('nothing came')
  expect(received).toMatchObject({
    id: told.id,
    type: 'webhook.test',
    data: { test: true, webhookId: webhook.id },
  })
  expect(() => new Webhook(secret).verify(received.body, received.headers as never)).not.toThrow()
  expect(await deliveryOf(told.id, ({ status }) => status === 'DELIVERED')).toMatchObject({
    lastStatus: 204,
    attempts: 1,
    nextAttemptAt: null,
  })
  expect(await logOf(server, webhook.id)).toMatchObject([{ id: told.id, event: 'TEST' }])
})

test('a test that fails is tried again, and neither holds up what is recorded nor another test', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['t'] } })
  receiver.answering = (response, one) => {
    if (one.id === first.id) response.writeHead(429, { 'retry-after': '600' }).end('not now')
    else take(response, one)
  }
  const first = await tried(webhook.id)
  expect(await deliveryOf(first.id, ({ lastError }) => lastError !== null)).toMatchObject({
    status: 'PENDING',
    lastStatus: 429,
    lastError: 'answered with 429',
  })
  await tried(webhook.id)
  await check(server, 't', 'in range')
  await receiver.until((all) => all.taken().length === 2)
  expect(
    receiver
      .taken()
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['check.failed', 'webhook.test'])
})

test('one that is pending is not replayed: the error says so, and when it is tried next', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '600' }).end()
  const { id } = await tried(webhook.id)
  const { nextAttemptAt } = await deliveryOf(id, ({ lastError }) => lastError !== null)
  const { errors } = await server.ask(REPLAY, { id })
  expect(errors).toMatchObject([
    {
      message: `id: expected a delivery that is DEAD or DELIVERED, got one that is PENDING already, and tried next at ${nextAttemptAt}`,
      extensions: { code: 'BAD_USER_INPUT', field: 'id' },
    },
  ])
})

test('a webhook says since when it fails, until it has taken something and nothing waits to be tried again', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const { id } = webhook
  const FAILING = 'query ($id: ID!) { webhook(id: $id) { status failingSince } }'
  const health = async () =>
    (
      await server.query<{ webhook: { status: string; failingSince: string | null } }, object>(FAILING, {
        id,
      })
    ).webhook
  expect(await health()).toEqual({ status: 'ACTIVE', failingSince: null })
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '600' }).end()
  const waiting = await tried(id)
  while ((await health()).failingSince === null);
  const { failingSince } = await health()
  receiver.answering = take
  const taken = await tried(id)
  await deliveryOf(taken.id, ({ status }) => status === 'DELIVERED')
  expect(await health()).toEqual({ status: 'ACTIVE', failingSince })
  // Resuming has it tried now.
  receiver.answering = (response) => void response.writeHead(410).end()
  await updateWebhook(server, id, { status: 'PAUSED' })
  await updateWebhook(server, id, { status: 'ACTIVE' })
  await deliveryOf(waiting.id, ({ status }) => status === 'DEAD')
  expect(await health()).toEqual({ status: 'PAUSED', failingSince })
  receiver.answering = take
  await updateWebhook(server, id, { status: 'ACTIVE' })
  await server.query(REPLAY, { id: waiting.id })
  while ((await health()).failingSince !== null);
})

test('of a webhook that is paused nothing is replayed or tried: it would wait for nothing', async () => {
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const { id } = await tried(webhook.id)
  await deliveryOf(id, ({ status }) => status === 'DELIVERED')
  await updateWebhook(server, webhook.id, { status: 'PAUSED' })
  const paused = {
    message: `id: expected a webhook that is ACTIVE: resume it first, got one of webhook ${webhook.id}, which is PAUSED`,
    extensions: { code: 'BAD_USER_INPUT', field: 'id' },
  }
  expect((await server.ask(REPLAY, { id })).errors).toMatchObject([paused])
  expect((await server.ask(TEST, { id: webhook.id })).errors).toMatchObject([paused])
  await updateWebhook(server, webhook.id, { status: 'ACTIVE' })
  expect((await server.ask(REPLAY, { id })).errors).toEqual([])
  await receiver.until(({ received }) => received.length === 2)
})

test('who may not administer a webhook neither tries it, nor sees it or what it was told', async () => {
  await using guarded = await startGuardedServer({ variables: RECEIVED_HERE })
  const root = callerOf(guarded, await tokenFor(guarded, [grant('ADMIN')]))
  const other = callerOf(guarded, await tokenFor(guarded, [grant('ADMIN', 'other')]))
  const made = await root.ask<{ made: { webhook: { id: string } } }>(
    'mutation ($input: CreateWebhookInput!) { made: createWebhook(input: $input) { webhook { id } } }',
    { input: { url: 'https://hooks.example/', events: ['CHECK_FAILED'], namespaces: ['mine'] } },
  )
  const id = made.data?.made.webhook.id
  const delivery = (await root.ask<{ told: { id: string } }>(TEST, { id })).data?.told.id
  expect((await other.ask(TEST, { id })).errors[0]?.extensions.code).toBe('FORBIDDEN')
  const BOTH =
    'query ($id: ID!, $delivery: ID!) { webhook(id: $id) { id } webhookDelivery(id: $delivery) { id } }'
  expect((await other.ask(BOTH, { id, delivery })).data).toEqual({ webhook: null, webhookDelivery: null })
  expect((await root.ask(BOTH, { id, delivery })).data).toEqual({
    webhook: { id },
    webhookDelivery: { id: delivery },
  })
  expect((await root.ask(BOTH, { id: 'none', delivery: 'none' })).data).toEqual({
    webhook: null,
    webhookDelivery: null,
  })
  expect((await root.ask(TEST, { id: 'none' })).errors[0]?.extensions).toMatchObject({ field: 'id' })
})
