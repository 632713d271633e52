import type { ServerResponse } from 'node:http'
import { expect, jest, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startServerProcess } from '../harness/server-process.js'
import { startDatabaseProxy } from '../harness/tcp-proxy.js'
import {
  RECEIVED_HERE,
  type Receiver,
  startReceiver,
  TOLD_BY_OTHERS,
  take,
} from '../harness/webhook-receiver.js'
import { check, createWebhook, type Logged, logOf, updateWebhook } from '../harness/webhooks.js'

jest.setTimeout(60_000)

const SLOW = { ...RECEIVED_HERE, HEADWATER_WEBHOOK_TIMEOUT_MS: '60000' }

const nameOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name

/** A webhook, and the answers to it that are not given yet; only what is called `marks the end` is answered. */
async function withheld(server: TestServer, receiver: Receiver) {
  const answers: ServerResponse[] = []
  receiver.answering = (response, one) => {
    if (nameOf(one) === 'marks the end') take(response, one)
    else answers.push(response)
  }
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  await check(server, 'a', 'one')
  await receiver.until(({ received }) => received.length === 1)
  return { id: webhook.id, answers }
}

/** Whatever was due before has been sent, for it was due for longer. */
async function settled(server: TestServer, receiver: Receiver): Promise<void> {
  const before = receiver.taken().length
  await check(server, `marker ${before}`, 'marks the end')
  await receiver.until((all) => all.taken().length > before)
}

async function logged(server: TestServer, id: string, isIt: (log: Logged[]) => boolean): Promise<Logged[]> {
  for (;;) {
    const log = await logOf(server, id)
    if (isIt(log)) return log
  }
}

test('a webhook that is paused and resumed while a request is under way is not sent it twice', async () => {
  await using server = await startTestServer({ variables: SLOW })
  await using receiver = await startReceiver()
  const { id, answers } = await withheld(server, receiver)
  await updateWebhook(server, id, { status: 'PAUSED' })
  await updateWebhook(server, id, { status: 'ACTIVE' })
  // It is looked at what waits for this asset.
  await check(server, 'a', 'two')
  await settled(server, receiver)
  expect(receiver.received.map(nameOf)).toEqual(['one', 'marks the end'])
  answers[0]?.writeHead(204).end()
  await receiver.until(() => answers.length === 2)
  answers[1]?.writeHead(204).end()
  const log = await logged(server, id, (all) => all.every(({ status }) => status === 'DELIVERED'))
  expect(log.map(({ attempts }) => attempts)).toEqual([1, 1, 1])
})

test('an attempt that has lost its lease writes nothing, whatever becomes of it: what the later one says counts', async () => {
  await using server = await startTestServer({ variables: SLOW })
  await using receiver = await startReceiver()
  const { id, answers } = await withheld(server, receiver)
  const overdue = () =>
    server.database.sql(
      `UPDATE webhook_lane SET due_at = now() - interval '1 second' WHERE webhook_id = $1 AND lease IS NOT NULL`,
      [id],
    )
  await overdue()
  await receiver.until(({ received }) => received.length === 2)
  const [first, second] = answers
  first?.writeHead(204).end('of the first')
  await settled(server, receiver)
  const ofIt = (log: Logged[]) => log.find(({ payload }) => nameOf(payload) === 'one')
  expect(ofIt(await logOf(server, id))).toMatchObject({ status: 'PENDING', attempts: 2, lastResponse: null })
  // The lane of what has been delivered is gone, and a new one begins.
  second?.writeHead(204).end('of the second')
  await logged(server, id, (log) => ofIt(log)?.status === 'DELIVERED')
  await check(server, 'a', 'two')
  await receiver.until(() => answers.length === 3)
  await overdue()
  await receiver.until(() => answers.length === 4)
  answers[3]?.writeHead(204).end()
  await logged(server, id, (log) => log.every(({ status }) => status === 'DELIVERED'))
  answers[2]?.writeHead(500).end()
  await check(server, 'a', 'three')
  await receiver.until(() => answers.length === 5)
  const log = await logged(server, id, (all) => all.length > 3)
  expect(log.find(({ payload }) => nameOf(payload) === 'two')).toMatchObject({
    status: 'DELIVERED',
    attempts: 2,
    lastStatus: 204,
  })
})

test('a delivery that is replayed is as a new one, but for what the last attempt came to', async () => {
  await using server = await startTestServer({ variables: SLOW })
  await using receiver = await startReceiver()
  const { id, answers } = await withheld(server, receiver)
  answers[0]?.writeHead(410).end('no more')
  const [dead] = await logged(server, id, ([one]) => one?.status === 'DEAD')
  await updateWebhook(server, id, { status: 'ACTIVE' })
  const { it } = await server.query<{ it: Logged }, object>(
    `mutation ($id: ID!) { it: replayDelivery(id: $id) {
      status attempts lastStatus lastError lastResponse deliveredAt } }`,
    { id: dead?.id },
  )
  expect(it).toEqual({
    ...{ status: 'PENDING', attempts: 0, lastStatus: 410, lastError: 'answered with 410' },
    ...{ lastResponse: 'no more', deliveredAt: null },
  })
  await receiver.until(() => answers.length === 2)
  answers[1]?.writeHead(204).end()
  const [delivered] = await logged(server, id, ([one]) => one?.status === 'DELIVERED')
  expect(delivered).toMatchObject({ attempts: 1, lastStatus: 204 })
})

test('a webhook that answers with 410 is PAUSED as soon as the delivery is dead, and the log says so', async () => {
  const lines: string[] = []
  await using server = await startTestServer({
    variables: { ...SLOW, HEADWATER_LOG_LEVEL: 'warn' },
    logTo: { write: (line) => void lines.push(line) },
  })
  await using receiver = await startReceiver()
  const { id, answers } = await withheld(server, receiver)
  answers[0]?.writeHead(410).end()
  const both = () =>
    server.database.sql<{ delivery: string; webhook: string }>(
      `SELECT d.status AS delivery, w.status AS webhook FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id`,
    )
  let [found] = await both()
  while (found?.delivery === 'PENDING') [found] = await both()
  expect(found).toEqual({ delivery: 'DEAD', webhook: 'PAUSED' })
  while (!lines.some((line) => line.includes('PAUSED'))) await new Promise(setImmediate)
  expect(lines.find((line) => line.includes('PAUSED'))).toContain(id)
})

test('that a webhook begins to fail is logged once, and that it has recovered once, however many attempts there were', async () => {
  const lines: string[] = []
  const said = (text: string) => lines.filter((line) => line.includes(text)).length
  await using server = await startTestServer({
    variables: { ...RECEIVED_HERE, HEADWATER_LOG_LEVEL: 'warn' },
    logTo: { write: (line) => void lines.push(line) },
  })
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  receiver.answering = (response) => void response.writeHead(503).end()
  for (const key of ['a', 'b']) await check(server, key, 'one')
  await receiver.until(({ received }) => received.length >= 4)
  // Another one is told meanwhile: it has not recovered.
  receiver.answering = (response, one) =>
    (one.data['asset'] as { key: string }).key === 'a' ? response.writeHead(503).end() : take(response, one)
  await check(server, 'c', 'one')
  await receiver.until((all) => all.taken().length === 2)
  await logged(server, webhook.id, (log) => log.filter(({ status }) => status === 'DELIVERED').length === 2)
  expect([said('a webhook fails'), said('has recovered')]).toEqual([1, 0])
  receiver.answering = take
  await receiver.until((all) => all.taken().length === 3)
  while (said('has recovered') === 0) await new Promise(setImmediate)
  expect([said('a webhook fails'), said('has recovered')]).toEqual([1, 1])
})

test('SIGTERM ends a server whose database does not answer any more while it tells, within seconds', async () => {
  await using database = await createTestDatabase()
  await using proxy = await startDatabaseProxy(database.url)
  await using receiver = await startReceiver()
  await using recorder = await startTestServer({ database, variables: TOLD_BY_OTHERS })
  receiver.answering = () => undefined
  await createWebhook(recorder, receiver.url, ['CHECK_FAILED'])
  await using server = await startServerProcess({
    variables: {
      ...SLOW,
      DATABASE_URL: proxy.url,
      HEADWATER_STATEMENT_TIMEOUT_MS: '3600000',
      HEADWATER_LOG_LEVEL: 'warn',
    },
  })
  await check(recorder, 'a', 'one')
  await receiver.until(({ received }) => received.length === 1)
  proxy.freeze()
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
})
