import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, jest, test } from '@jest/globals'
import { migrate } from '../../src/store/prisma/migrate.js'
import { createEmptyDatabase } from '../harness/database.js'
import { startTestServer } from '../harness/server.js'
import { RECEIVED_HERE, type Received, startReceiver, take } from '../harness/webhook-receiver.js'
import { check, createWebhook, logOf, updateWebhook } from '../harness/webhooks.js'

jest.setTimeout(120_000)

const VARIABLES = { ...RECEIVED_HERE, HEADWATER_WEBHOOK_TIMEOUT_MS: '300' }

const nameOf = ({ data }: { data: Record<string, unknown> }) => (data['check'] as { name: string }).name
const keyOf = ({ data }: Received) => (data['asset'] as { key: string }).key

test('whatever fails, hangs, is paused, resumed and replayed on two servers: all is told, in order, one at a time', async () => {
  const seed = Date.now() % 1_000_000
  const random = randomBy(seed)
  await using one = await startTestServer({ variables: VARIABLES })
  await using other = await startTestServer({ database: one.database, variables: VARIABLES })
  const servers = [one, other]
  const serverAt = (at: number) => servers[at % 2] ?? one
  await using receiver = await startReceiver()
  const { webhook } = await createWebhook(one, receiver.url, ['CHECK_FAILED'])
  const underWay = new Map<string, number>()
  const together: string[] = []
  const told: Received[] = []
  receiver.answering = (response, received) => {
    const key = keyOf(received)
    const count = (underWay.get(key) ?? 0) + 1
    underWay.set(key, count)
    if (count > 1) together.push(key)
    response.once('close', () => underWay.set(key, (underWay.get(key) ?? 1) - 1))
    const chance = random()
    if (chance < 0.6) {
      told.push(received)
      take(response, received)
    } else if (chance < 0.8) response.writeHead(503).end()
    else if (chance < 0.9) response.destroy()
  }
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  const names = Array.from({ length: 8 }, (_one, at) => `check ${String(at).padStart(2, '0')}`)
  for (const [at, name] of names.entries())
    await Promise.all(keys.map((key) => check(serverAt(at), key, name)))
  while ((await logOf(one, webhook.id)).length < keys.length * names.length);
  const isTold = () => new Set(told.map((received) => received.id)).size === keys.length * names.length
  let isOver = false
  const meddling = async () => {
    for (let count = 0; !isOver; count++) {
      for (const status of ['PAUSED', 'ACTIVE'])
        await updateWebhook(serverAt(count + (random() < 0.5 ? 1 : 0)), webhook.id, { status })
      const delivered = await logOf(serverAt(count), webhook.id, 'DELIVERED')
      const { id } = delivered[Math.floor(random() * delivered.length)] ?? {}
      if (id !== undefined)
        await serverAt(count).query('mutation ($id: ID!) { replayDelivery(id: $id) { id } }', { id })
    }
  }
  const meddled = meddling()
  await receiver.until(isTold)
  isOver = true
  await meddled
  receiver.answering = take
  // What waits to be tried again is tried now.
  for (const status of ['PAUSED', 'ACTIVE']) await updateWebhook(one, webhook.id, { status })
  const rest = () =>
    one.database.sql(
      `SELECT id::text FROM webhook_delivery WHERE status <> 'DELIVERED' UNION ALL SELECT ordering_key FROM webhook_lane`,
    )
  while ((await rest()).length > 0) await new Promise(setImmediate)
  for (const key of keys) {
    const first = [
      ...new Map(told.filter((received) => keyOf(received) === key).map((all) => [all.id, all])).values(),
    ]
    expect([seed, first.map(nameOf)]).toEqual([seed, names])
  }
  expect([seed, together]).toEqual([seed, []])
})

test('what was pending before there were lanes is told', async () => {
  const names = (await readdir(join(import.meta.dirname, '../../prisma/migrations')))
    .filter((name) => /^\d/.test(name))
    .sort()
  const lanes = names.findIndex((name) => name.endsWith('_webhook_lane'))
  await using database = await createEmptyDatabase()
  await using receiver = await startReceiver()
  await migrate(database.url, 5_000, names.slice(0, lanes))
  await database.sql(
    `INSERT INTO webhook (id, url, events, incomplete_after_minutes, secret, status, created_at, created_by)
     VALUES (gen_random_uuid(), $1, '{CHECK_FAILED}', 30, 'whsec_' || encode(sha256('x'), 'base64'), 'ACTIVE', now(), 'test')`,
    [receiver.url],
  )
  await database.sql(
    `INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status, attempts, due_at,
       expires_at)
     SELECT gen_random_uuid(), id, 'key ' || n % 3, n, 'CHECK_FAILED', '{"type": "check.failed", "data": {}}', now(),
       'PENDING', 0, now(), now() FROM webhook, generate_series(1, 30) AS n`,
  )
  await using _ = await startTestServer({ database, variables: VARIABLES })
  await receiver.until((all) => all.taken().length === 30)
})

/** Numbers from 0 to 1, the same for each seed (mulberry32). */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
