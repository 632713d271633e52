import { expect, jest, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startServerProcess } from '../harness/server-process.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf } from '../harness/webhooks.js'

jest.setTimeout(120_000)

const VARIABLES = {
  ...RECEIVED_HERE,
  HEADWATER_WEBHOOK_TIMEOUT_MS: '300',
  HEADWATER_GRAPH_POLL_MS: '1000',
}

const namesOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name

/** A server in a process of its own, as tests speak to one. */
async function startProcess(database: TestDatabase) {
  const server = await startServerProcess({ variables: { ...VARIABLES, DATABASE_URL: database.url } })
  return server
}

test('servers that are killed at any moment lose nothing of what is to be told, and tell nothing under two ids', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  // Records alone: it looks for nothing while the others are at it.
  await using recorder = await startTestServer({
    database,
    variables: { ...VARIABLES, HEADWATER_WEBHOOK_POLL_MS: '600000' },
  })
  const { webhook } = await createWebhook(recorder, receiver.url, ['CHECK_FAILED'])
  const assets = ['a', 'b', 'c']
  const rounds = 4
  // Every third request is left without an answer, so that servers die in the middle.
  let count = 0
  receiver.answering = (response, one) => {
    count++
    if (count % 3 !== 0) take(response, one)
  }
  for (let round = 0; round < rounds; round++) {
    const server = await startProcess(database)
    for (let place = 0; place < 5; place++)
      for (const key of assets) await check(recorder, key, `${key} ${round * 5 + place}`)
    const before = receiver.received.length
    await receiver.until(({ received }) => received.length >= before + 3)
    server.kill('SIGKILL')
    await server.exited
  }
  receiver.answering = take
  await using _last = await startProcess(database)
  await receiver.until((all) => all.taken().length === assets.length * rounds * 5)
  for (const key of assets) {
    const told = receiver.taken().filter(({ data }) => (data['asset'] as { key: string }).key === key)
    expect(told.map(namesOf)).toEqual(Array.from({ length: rounds * 5 }, (_one, at) => `${key} ${at}`))
  }
  const ids = new Set(receiver.received.map(({ id }) => id))
  expect(ids.size).toBe(assets.length * rounds * 5)
  const log = await deliveredLog(recorder, webhook.id)
  expect(log.map(({ id }) => id).sort()).toEqual([...ids].sort())
})

test('of two servers on one database each tells a part, and nothing is told under two ids', async () => {
  await using one = await startTestServer({ variables: VARIABLES })
  await using other = await startTestServer({ database: one.database, variables: VARIABLES })
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(one, receiver.url, ['CHECK_FAILED'])
  const keys = Array.from({ length: 10 }, (_one, at) => `key ${at}`)
  await Promise.all(
    keys.map(async (key, at) => {
      for (let place = 0; place < 5; place++) await check(at % 2 === 0 ? one : other, key, `check ${place}`)
    }),
  )
  await receiver.until((all) => all.taken().length === 50)
  for (const key of keys) {
    const told = receiver.taken().filter(({ data }) => (data['asset'] as { key: string }).key === key)
    expect(told.map(namesOf)).toEqual(['check 0', 'check 1', 'check 2', 'check 3', 'check 4'])
  }
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(50)
  const log = await deliveredLog(one, webhook.id)
  expect(log).toHaveLength(50)
})

test('what is committed late, by a transaction that began early, is told all the same', async () => {
  await using server = await startTestServer({ variables: VARIABLES })
  await using receiver = await startReceiver()
  await createWebhook(server, receiver.url, ['CHECK_FAILED'])
  const { sql, url } = server.database
  await check(server, 'late', 'passes', 'PASSED')
  const { pg } = (await import('../harness/program.js')).program
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
     SELECT asset_id, gen_random_uuid(), materialization_id, 'came late', 'FAILED', 'ERROR', now() FROM check_result`,
  )
  await check(server, 'early', 'came early')
  await receiver.until((all) => all.taken().length === 1)
  await client.query('COMMIT')
  await client.end()
  await receiver.until((all) => all.taken().length === 2)
  expect(receiver.taken().map(namesOf)).toEqual(['came early', 'came late'])
  expect(await sql('SELECT count(*)::int AS count FROM webhook_delivery')).toEqual([{ count: 2 }])
})

async function deliveredLog(server: TestServer, webhookId: string) {
  for (;;) {
    const log = await logOf(server, webhookId)
    if (log.every(({ status }) => status === 'DELIVERED')) return log
  }
}
