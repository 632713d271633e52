import { expect, jest, test } from '@jest/globals'
import { startTestServer } from '../harness/server.js'
import { type Answering, RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf } from '../harness/webhooks.js'

jest.setTimeout(60_000)

const nameOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name

const hang: Answering = () => undefined

/** Whoever waited for what hangs would wait longer than a test may take. */
const HANGING = { ...RECEIVED_HERE, HEADWATER_WEBHOOK_TIMEOUT_MS: '60000' }

test('ten webhooks that hang, with thirty assets each, hold up no other', async () => {
  await using server = await startTestServer({ variables: HANGING })
  await using hanging = await startReceiver()
  hanging.answering = hang
  await using receiver = await startReceiver()
  for (let count = 0; count < 10; count++)
    await createWebhook(server, hanging.url, ['CHECK_FAILED'], { assets: { keyPrefix: 'hangs/' } })
  for (let at = 0; at < 30; at++) await check(server, `hangs/${at}`, 'one')
  await hanging.until(({ received }) => received.length >= 40)
  await createWebhook(server, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['other'] } })
  await check(server, 'other', 'told at once')
  await receiver.until((all) => all.taken().length === 1)
  expect(receiver.taken().map(nameOf)).toEqual(['told at once'])
  // Four at once to each, for hundreds that wait.
  expect(hanging.received).toHaveLength(40)
})

test('so many that hang as there may be, on one receiver that is away, hold up no other', async () => {
  await using server = await startTestServer({ variables: HANGING })
  await using hanging = await startReceiver()
  hanging.answering = hang
  await using receiver = await startReceiver()
  const count = 200
  for (let at = 0; at < count; at++)
    await createWebhook(server, hanging.url, ['CHECK_FAILED'], { assets: { keys: ['hangs'] } })
  await check(server, 'hangs', 'one')
  await hanging.until(({ received }) => received.length === count)
  await createWebhook(server, receiver.url, ['CHECK_FAILED'], { assets: { keys: ['other'] } })
  await check(server, 'other', 'told at once')
  await receiver.until((all) => all.taken().length === 1)
})

test('a Retry-After beyond the time that is left leaves it a last attempt at its end', async () => {
  await using server = await startTestServer({
    variables: { ...RECEIVED_HERE, HEADWATER_WEBHOOK_RETRY_SECONDS: '2' },
  })
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  receiver.answering = (response, one) => {
    if (receiver.received.length === 1) response.writeHead(429, { 'retry-after': '3600' }).end()
    else take(response, one)
  }
  await check(server, 'a', 'one')
  await receiver.until((all) => all.taken().length === 1)
  while ((await logOf(server, webhook.id, 'DELIVERED')).length === 0);
  expect(await logOf(server, webhook.id)).toMatchObject([{ status: 'DELIVERED', attempts: 2 }])
})

test('what a server that stops breaks off is not dead for that, though its time is over', async () => {
  await using server = await startTestServer({
    variables: { ...HANGING, HEADWATER_WEBHOOK_RETRY_SECONDS: '1' },
  })
  await using receiver = await startReceiver()
  receiver.answering = hang
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  await check(server, 'a', 'one')
  await receiver.until(({ received }) => received.length === 1)
  await server.database.sql(`UPDATE webhook_delivery SET expires_at = now() - interval '1 second'`)
  await server.stop()
  expect(await server.database.sql('SELECT status, last_error FROM webhook_delivery')).toEqual([
    { status: 'PENDING', last_error: 'the server was stopped' },
  ])
})

test('behind two thousand that wait for one asset, what others are to be told is found: new, replayed and resumed', async () => {
  await using server = await startTestServer({ variables: HANGING })
  await using hanging = await startReceiver()
  hanging.answering = hang
  await using receiver = await startReceiver()
  const { webhook: waiting } = await createWebhook(server, hanging.url, ['CHECK_FAILED'], {
    assets: { keys: ['hangs'] },
  })
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'], {
    assets: { keys: ['other'] },
  })
  await check(server, 'other', 'one')
  await receiver.until((all) => all.taken().length === 1)
  await check(server, 'hangs', 'one')
  await hanging.until(({ received }) => received.length === 1)
  await server.database.sql(
    `INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status, attempts,
       due_at, expires_at)
     SELECT gen_random_uuid(), d.webhook_id, d.ordering_key, d.place + n, d.event, d.payload, d.created_at, d.status, 0,
       d.created_at, d.expires_at FROM webhook_delivery d, generate_series(1000, 3000) AS n WHERE d.webhook_id = $1`,
    [waiting.id],
  )
  const [delivered] = await logOf(server, webhook.id)
  await server.query('mutation ($id: ID!) { replayDelivery(id: $id) { id } }', { id: delivered?.id })
  await receiver.until(({ received }) => received.length === 2)
  await check(server, 'other', 'two')
  await receiver.until(({ received }) => received.length === 3)
  expect(receiver.received.map(nameOf)).toEqual(['one', 'one', 'two'])
})

test('what stands behind a delivery that fails has its own time, from its first attempt on', async () => {
  await using server = await startTestServer({
    variables: { ...RECEIVED_HERE, HEADWATER_WEBHOOK_RETRY_SECONDS: '2' },
  })
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  let count = 0
  receiver.answering = (response, one) => {
    if (nameOf(one) === 'refused' || count++ === 0) response.writeHead(500).end()
    else take(response, one)
  }
  for (const name of ['refused', 'fails once']) await check(server, 'a', name)
  await receiver.until((all) => all.taken().length === 1)
  const ended = async () => (await logOf(server, webhook.id)).filter(({ status }) => status !== 'PENDING')
  while ((await ended()).length < 2);
  expect((await ended()).map(({ status, attempts }) => [status, attempts > 1])).toEqual([
    ['DELIVERED', true],
    ['DEAD', true],
  ])
})
