import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { subscribe } from '../harness/subscriber.js'

interface Event {
  materializationRecorded: { materialization: { asset: { key: string } }; watermark: string }
}

const ALL = `subscription ($after: String) {
  materializationRecorded(after: $after) { materialization { asset { key } } watermark }
}`

let server: TestServer
let other: pg.Client
beforeAll(async () => {
  server = await startTestServer()
  other = new pg.Client({ connectionString: server.database.url })
  await other.connect()
})
afterAll(async () => {
  await other.end()
  await server[Symbol.asyncDispose]()
})

const keyOf = ({ materializationRecorded: { materialization } }: Event) => materialization.asset.key
const make = (key: string) => record(server, { assets: [{ key }] })

/** As another server would that is slow: it has begun to write, and what it writes comes before all that follows. */
async function beginLate(key: string): Promise<void> {
  await make(key)
  await other.query('BEGIN')
  await other.query(
    `UPDATE materialization SET transaction_id = pg_current_xact_id()
     WHERE asset_id = (SELECT id FROM asset WHERE key = $1)`,
    [key],
  )
}

test('what commits late comes before what began later', async () => {
  await beginLate('late')
  const { watermark: after } = await make('before')
  await using subscription = subscribe<Event>(server.url, ALL, { variables: { after } })
  await make('after')
  await other.query('COMMIT')
  expect([keyOf(await subscription.next()), keyOf(await subscription.next())]).toEqual(['late', 'after'])
})

test('a transaction that does not end holds nothing up for good, and is told of when it has ended', async () => {
  await beginLate('very late')
  const { watermark: after } = await make('before')
  await using subscription = subscribe<Event>(server.url, ALL, { variables: { after } })
  await make('after')
  const event = await subscription.next()
  expect(keyOf(event)).toBe('after')
  await make('still')
  const last = await subscription.next()
  expect(keyOf(last)).toBe('still')

  await other.query('COMMIT')
  expect(keyOf(await subscription.next())).toBe('very late')
  // Whoever goes on from what came before is told of it too, once.
  await using again = subscribe<Event>(server.url, ALL, {
    variables: { after: last.materializationRecorded.watermark },
  })
  await make('end')
  expect([keyOf(await again.next()), keyOf(await again.next())]).toEqual(['very late', 'end'])
})

test('a transaction that has come to nothing is not waited for', async () => {
  await beginLate('rolled back')
  const { watermark: after } = await make('before')
  await using subscription = subscribe<Event>(server.url, ALL, { variables: { after } })
  await make('after')
  await other.query('ROLLBACK')
  expect(keyOf(await subscription.next())).toBe('after')
})

test('rows of a dump that was restored are never taken for news', async () => {
  await make('of another database')
  const [row] = await server.database.sql<{ next: string }>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
  )
  const foreign = BigInt(row?.next ?? 0) + 20n
  await server.database.sql(
    `UPDATE materialization SET transaction_id = '${foreign}'
     WHERE asset_id = (SELECT id FROM asset WHERE key = 'of another database')`,
  )
  await using restarted = await startTestServer({ database: server.database })
  const { watermark: after } = await record(restarted, { assets: [{ key: 'mark' }] })
  await using subscription = subscribe<Event>(restarted.url, ALL, { variables: { after } })
  const keys = Array.from({ length: 60 }, (_, at) => `news/${at}`)
  for (const key of keys) await record(restarted, { assets: [{ key }] })
  const told: string[] = []
  while (told.length < keys.length) told.push(keyOf(await subscription.next()))
  expect(told).toEqual(keys)
})
