import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestServer, type TestServer } from '../harness/server.js'
import {
  type Answering,
  RECEIVED_HERE,
  type Receiver,
  startReceiver,
  take,
} from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf, updateWebhook } from '../harness/webhooks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: { ...RECEIVED_HERE, HEADWATER_WEBHOOK_TIMEOUT_MS: '400' } })
})
afterAll(() => server[Symbol.asyncDispose]())

const namesOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name

/** A receiver, and a webhook of one asset that it is told of. */
async function told(key: string): Promise<{ receiver: Receiver; id: string; secret: string }> {
  const receiver = await startReceiver()
  const { webhook, secret } = await createWebhook(server, receiver.url, ['CHECK_FAILED'], {
    assets: { keyPrefix: key },
  })
  return { receiver, id: webhook.id, secret }
}

/** What is in the log, once it holds what is awaited. */
async function logged(id: string, isIt: (log: Awaited<ReturnType<typeof logOf>>) => boolean) {
  for (;;) {
    const log = await logOf(server, id)
    if (isIt(log)) return log
  }
}

const stall: Answering = () => undefined
const redirect: Answering = (response) => void response.writeHead(307, { location: '/elsewhere' }).end()
const breakOff: Answering = (response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('the first half')
  setImmediate(() => response.destroy())
}

const changeProtocol: Answering = (response) =>
  void response.socket?.end('HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')

test.each<[string, Answering, RegExp]>([
  ['fails', (response) => void response.writeHead(500).end('broken'), /^answered with 500$/],
  ['stalls', stall, /^no whole answer within 400 ms$/],
  ['redirects', redirect, /^answered with 307: redirects are not followed$/],
  ['drops the connection half way through its 200', breakOff, /aborted|socket hang up|terminated/],
  ['changes to another protocol', changeProtocol, /^answered with 101, another protocol$/],
  ['drops the connection at once', (response) => void response.destroy(), /socket hang up|ECONNRESET/],
])(
  'a receiver that %s is told again, under the same id, until it takes it; what comes behind waits',
  async (what, answering, error) => {
    const key = `tried/${what}`
    const { receiver, id } = await told(key)
    await using _ = receiver
    receiver.answering = answering
    await check(server, key, 'first')
    await receiver.until(({ received }) => received.length === 1)
    await check(server, key, 'second')
    await check(server, `${key}/other`, 'of another asset')
    await receiver.until(({ received }) => received.length >= 3)
    const log = await logged(id, (all) => all.some(({ lastError }) => lastError !== null))
    expect(log.find(({ lastError }) => lastError !== null)?.lastError).toMatch(error)
    receiver.answering = take
    await receiver.until((all) => all.taken().length === 3)
    expect(
      receiver
        .taken()
        .map(namesOf)
        .filter((name) => name !== 'of another asset'),
    ).toEqual(['first', 'second'])
    // Each has one id, whatever was tried.
    const ids = new Map(receiver.received.map((one) => [namesOf(one), one.id]))
    expect(receiver.received.every((one) => ids.get(namesOf(one)) === one.id)).toBe(true)
    const done = await logged(id, (all) => all.every(({ status }) => status === 'DELIVERED'))
    expect(done).toHaveLength(3)
    expect(
      done.map(({ lastStatus, lastError, nextAttemptAt }) => [lastStatus, lastError, nextAttemptAt]),
    ).toEqual(done.map(() => [204, null, null]))
  },
)

test('of an answer without end the beginning is kept, and it counts by its status', async () => {
  const { receiver, id } = await told('endless')
  await using _ = receiver
  receiver.answering = (response) => {
    response.writeHead(200)
    const more = () => {
      while (response.write('x'.repeat(16_384)));
    }
    response.on('drain', more)
    more()
  }
  await check(server, 'endless', 'one')
  const [delivered] = await logged(id, (all) => all.some(({ status }) => status === 'DELIVERED'))
  expect(delivered?.lastResponse).toBe('x'.repeat(1_024))
  expect(receiver.received).toHaveLength(1)
})

test('what waits behind it is told in order: forty of one asset, with failures in between', async () => {
  const { receiver } = await told('ordered')
  await using _ = receiver
  let count = 0
  receiver.answering = (response, one) => {
    count++
    if (count === 3 || count === 20) response.writeHead(503).end()
    else take(response, one)
  }
  const names = Array.from({ length: 40 }, (_one, at) => `check ${at}`)
  for (const name of names) await check(server, 'ordered', name)
  await receiver.until((all) => all.taken().length === 40)
  expect(receiver.taken().map(namesOf)).toEqual(names)
  expect(receiver.received).toHaveLength(42)
})

test('a receiver that says when to come again is not asked before', async () => {
  const { receiver, id } = await told('later')
  await using _ = receiver
  receiver.answering = (response) => void response.writeHead(429, { 'retry-after': '1800' }).end()
  await check(server, 'later', 'one')
  const [waiting] = await logged(id, (all) => all[0]?.lastStatus === 429)
  const wait = Date.parse(waiting?.nextAttemptAt ?? '') - Date.now()
  expect(wait).toBeGreaterThan(1_700_000)
  expect(wait).toBeLessThan(1_801_000)
})

test('one that answers with 410 Gone is paused; resumed, it is told what has waited', async () => {
  const { receiver, id } = await told('gone')
  await using _ = receiver
  receiver.answering = (response) => void response.writeHead(410).end()
  await check(server, 'gone', 'first')
  const [dead] = await logged(id, (all) => all[0]?.status === 'DEAD')
  expect(dead).toMatchObject({ lastStatus: 410, attempts: 1, nextAttemptAt: null })
  const paused = async () =>
    (
      await server.query<{ webhooks: { nodes: { id: string; status: string }[] } }, undefined>(
        '{ webhooks { nodes { id status } } }',
      )
    ).webhooks.nodes.find((one) => one.id === id)?.status
  while ((await paused()) !== 'PAUSED');
  receiver.answering = take
  // It is not told of what happens meanwhile.
  await check(server, 'gone', 'unheard')
  const { receiver: other } = await told('behind')
  await using __ = other
  await check(server, 'behind', 'marks the end')
  await other.until((all) => all.taken().length === 1)
  expect((await updateWebhook(server, id, { status: 'ACTIVE' })).status).toBe('ACTIVE')
  await check(server, 'gone', 'heard')
  await receiver.until((all) => all.taken().length === 1)
  const replayed = await server.query<{ replayDelivery: { id: string; status: string } }, object>(
    'mutation ($id: ID!) { replayDelivery(id: $id) { id status } }',
    { id: dead?.id },
  )
  expect(replayed.replayDelivery).toEqual({ id: dead?.id, status: 'PENDING' })
  await receiver.until((all) => all.taken().length === 2)
  expect(receiver.taken().map(namesOf).sort()).toEqual(['first', 'heard'])
  expect(receiver.taken().map((one) => one.id)).toContain(dead?.id)
})

test('a webhook that is deleted is told nothing more, and is gone with its log', async () => {
  const { receiver, id } = await told('deleted')
  await using _ = receiver
  receiver.answering = (response) => void response.writeHead(500).end()
  await check(server, 'deleted', 'one')
  await receiver.until(({ received }) => received.length === 1)
  expect(await server.query('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id })).toEqual({
    deleteWebhook: true,
  })
  const again = await server.ask('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id })
  expect(again.errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field: 'id' } })
  expect(await logOf(server, id)).toEqual([])
  const [row] = await server.database.sql<{ secret: string; url: string }>(
    'SELECT secret, url FROM webhook WHERE id = $1',
    [id],
  )
  expect(row ?? { secret: '', url: '' }).toEqual({ secret: '', url: '' })
})

test('what fails for as long as is tried is dead, what comes behind it goes on, and it can be replayed', async () => {
  await using short = await startTestServer({
    variables: {
      ...RECEIVED_HERE,
      HEADWATER_WEBHOOK_RETRY_SECONDS: '1',
    },
  })
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(short, receiver.url, ['CHECK_FAILED'])
  receiver.answering = (response, one) => {
    if (namesOf(one) === 'refused') response.writeHead(400).end('never')
    else take(response, one)
  }
  await check(short, 'a', 'refused')
  await check(short, 'a', 'behind it')
  await receiver.until((all) => all.taken().length === 1)
  const dead = await logOf(short, webhook.id, 'DEAD')
  expect(dead).toMatchObject([{ lastStatus: 400, lastError: 'answered with 400', lastResponse: 'never' }])
  while ((await logOf(short, webhook.id, 'DELIVERED')).length === 0);
  receiver.answering = take
  await short.query('mutation ($id: ID!) { replayDelivery(id: $id) { id } }', { id: dead[0]?.id })
  await receiver.until((all) => all.taken().length === 2)
  expect(receiver.taken().map(namesOf)).toEqual(['behind it', 'refused'])
})

test('where a receiver is away altogether, it is told once it is there', async () => {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as { port: number }
  listening.close()
  const { webhook } = await createWebhook(server, `http://127.0.0.1:${port}/hook`, ['CHECK_FAILED'], {
    assets: { keys: ['away'] },
  })
  await check(server, 'away', 'one')
  await logged(webhook.id, (all) => all[0]?.lastError?.includes('ECONNREFUSED') === true)
  await using receiver = await startReceiver(port)
  await receiver.until((all) => all.taken().length === 1)
})
