import { expect, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { sentBy } from '../harness/plans.js'
import { record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'
import { RECEIVED_HERE, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf, updateWebhook } from '../harness/webhooks.js'

const nameOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name

test('where no webhook is active, it is looked whether there is one, and nothing else is done', async () => {
  await using server = await startTestServer({ variables: RECEIVED_HERE })
  const { sql } = server.database
  const looks: string[] = []
  const sent = await sentBy(async () => {
    await check(server, 'a', 'fails')
    // Every fifth time of so many ms.
    while (looks.length < 3) {
      const [{ queries = '' } = {}] = await sql<{ queries: string }>(
        `SELECT query_start::text AS queries FROM pg_stat_activity
         WHERE application_name = 'headwater webhooks' AND datname = current_database()`,
      )
      if (queries !== '' && looks.at(-1) !== queries) looks.push(queries)
    }
  })
  const ofWebhooks = new Set(
    sent.map(({ text }) => text).filter((text) => /webhook|m\.transaction_id/.test(text)),
  )
  expect([...ofWebhooks]).toEqual([expect.stringContaining('SELECT EXISTS (SELECT FROM webhook)')])
  expect(
    await sql(
      `SELECT to_regnamespace('headwater_queue') AS queue, (SELECT count(*)::int FROM webhook_state) AS states`,
    ),
  ).toEqual([{ queue: null, states: 0 }])
})

test('what was delivered goes after a week, what is dead after a month, and what was deleted at once', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  const ids: string[] = []
  {
    await using server = await startTestServer({ database, variables: RECEIVED_HERE })
    const { webhook } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
    const { webhook: deleted } = await createWebhook(server, receiver.url, ['CHECK_FAILED'])
    ids.push(webhook.id, deleted.id)
    receiver.answering = (response, one) => {
      if (nameOf(one) === 'refused') response.writeHead(410).end()
      else take(response, one)
    }
    for (const name of ['taken long ago', 'taken']) await check(server, 'a', name)
    await receiver.until((all) => all.taken().length === 4)
    await check(server, 'a', 'refused')
    let log = await logOf(server, webhook.id)
    while (log[0]?.status !== 'DEAD') log = await logOf(server, webhook.id)
    await updateWebhook(server, webhook.id, { status: 'ACTIVE' })
    await server.query('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: deleted.id })
  }
  const [kept = '', gone = ''] = ids
  const days = async () =>
    database.sql(
      `SELECT payload->'data'->'check'->>'name' AS name, status, round(extract(epoch FROM due_at - now()) / 86400)::int AS days
       FROM webhook_delivery WHERE webhook_id = $1 ORDER BY place`,
      [kept],
    )
  expect(await days()).toEqual([
    { name: 'taken long ago', status: 'DELIVERED', days: 7 },
    { name: 'taken', status: 'DELIVERED', days: 7 },
    { name: 'refused', status: 'DEAD', days: 30 },
  ])
  await database.sql(
    `UPDATE webhook_delivery SET due_at = due_at - interval '8 days' WHERE payload->'data'->'check'->>'name' <> 'taken'`,
  )
  // A server looks when it starts.
  await using _ = await startTestServer({ database, variables: RECEIVED_HERE })
  expect((await days()).map(({ name }) => name)).toEqual(['taken', 'refused'])
  expect(await database.sql('SELECT id FROM webhook WHERE id = $1', [gone])).toEqual([])
  expect(await database.sql('SELECT id FROM webhook_delivery WHERE webhook_id = $1', [gone])).toEqual([])
})

test('however much is too old, it goes at once', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  {
    await using server = await startTestServer({ database, variables: RECEIVED_HERE })
    await createWebhook(server, receiver.url, ['CHECK_FAILED'])
    await check(server, 'a', 'one')
    await receiver.until((all) => all.taken().length === 1)
  }
  await database.sql(
    `INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status, attempts, due_at,
       expires_at)
     SELECT gen_random_uuid(), webhook_id, ordering_key, 1000 + n, event, '{}', created_at,
       (ARRAY['DELIVERED', 'DEAD'])[1 + n % 2], 1, now() - interval '1 day', expires_at
     FROM webhook_delivery, generate_series(1, 15000) AS n`,
  )
  await using _ = await startTestServer({ database, variables: RECEIVED_HERE })
  const left = async () => {
    const [row] = await database.sql<{ count: number }>('SELECT count(*)::int AS count FROM webhook_delivery')
    return row?.count
  }
  while ((await left()) !== 1);
})

test('in a database that was restored, what is pending is told, and what is recorded from then on; nothing anew', async () => {
  await using database = await createTestDatabase()
  await using receiver = await startReceiver()
  receiver.answering = (response) => void response.writeHead(503).end()
  let id = ''
  {
    await using server = await startTestServer({ database, variables: RECEIVED_HERE })
    id = (await createWebhook(server, receiver.url, ['CHECK_FAILED', 'NEW_CONSUMER'])).webhook.id
    await check(server, 'a', 'pending')
    await receiver.until(({ received }) => received.length >= 1)
  }
  // As a restore leaves it: rows of transactions of its own, which the watermarks know nothing of.
  await database.sql(`UPDATE webhook_state SET written_by = NULL`)
  await database.sql('UPDATE check_result SET transaction_id = pg_current_xact_id()')
  await database.sql('UPDATE lineage_edge SET transaction_id = pg_current_xact_id()')
  receiver.answering = take
  await using server = await startTestServer({ database, variables: RECEIVED_HERE })
  await receiver.until((all) => all.taken().length === 1)
  await record(server, { assets: [{ key: 'b' }], upstream: [{ key: 'a' }] })
  await receiver.until((all) => all.taken().length === 2)
  expect(receiver.taken().map(({ type }) => type)).toEqual(['check.failed', 'asset.consumer_added'])
  expect(await logOf(server, id)).toHaveLength(2)
})
