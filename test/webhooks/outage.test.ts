import { expect, jest, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { startTestServer } from '../harness/server.js'
import { startDatabaseProxy } from '../harness/tcp-proxy.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook } from '../harness/webhooks.js'

jest.setTimeout(120_000)

const nameOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name

test('a server whose database goes away while it tells, and comes back, goes on by itself', async () => {
  await using database = await createTestDatabase()
  await using proxy = await startDatabaseProxy(database.url)
  // Records, and tells nothing.
  await using recorder = await startTestServer({
    database,
    variables: { HEADWATER_WEBHOOK_HOSTS: '127.0.0.1' },
  })
  await using receiver = await startReceiver()
  await createWebhook(recorder, receiver.url, ['CHECK_FAILED'])
  await using _ = await startTestServer({
    database,
    variables: {
      ...RECEIVED_HERE,
      DATABASE_URL: proxy.url,
      HEADWATER_WEBHOOK_TIMEOUT_MS: '300',
      HEADWATER_CONNECT_TIMEOUT_MS: '1000',
    },
  })
  await check(recorder, 'a', 'before')
  await receiver.until((all) => all.taken().length === 1)
  // It is told of one, and cannot write down that it was.
  receiver.answering = (response, one) => {
    proxy.cut()
    take(response, one)
  }
  await check(recorder, 'a', 'meanwhile')
  await receiver.until((all) => all.taken().length === 2)
  await check(recorder, 'a', 'while it is away')
  receiver.answering = take
  proxy.restore()
  await receiver.until((all) => all.taken().length === 3)
  expect(receiver.taken().map(nameOf)).toEqual(['before', 'meanwhile', 'while it is away'])
})

test('one whose queue breaks alone starts another', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  await check(server, 'a', 'before')
  await receiver.until((all) => all.taken().length === 1)
  await server.database.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
       AND pid <> pg_backend_pid() AND application_name NOT LIKE 'headwater%'`,
  )
  for (const name of ['behind', 'again']) await check(server, 'a', name)
  await receiver.until((all) => all.taken().length === 3)
  expect(receiver.taken().map(nameOf)).toEqual(['before', 'behind', 'again'])
})
