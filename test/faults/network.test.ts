import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { Ledger } from '../harness/ledger.js'
import { type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { type DatabaseProxy, startDatabaseProxy } from '../harness/tcp-proxy.js'
import { note } from './note.js'
import { strangeStatuses, throughOutage } from './outage.js'

const CONNECTIONS = 10

let database: TestDatabase
let proxy: DatabaseProxy
let server: ServerProcess

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startDatabaseProxy(database.url)
  server = await startServerProcess({
    variables: {
      DATABASE_URL: proxy.url,
      HEADWATER_DATABASE_CONNECTIONS: String(CONNECTIONS),
      HEADWATER_CONNECT_TIMEOUT_MS: '500',
      HEADWATER_STATEMENT_TIMEOUT_MS: '1000',
    },
  })
}, 200_000)

afterEach(() => proxy.restore())

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** A connection's time, a statement's, two seconds in which PostgreSQL would have to end it; and other work of the machine. */
const answersWithinMs = 500 + 1_000 + 2_000 + 6_500

const OUTAGES = {
  'that stalls both ways': () => proxy.freeze(),
  'on which answers stall, but not what is sent': () => proxy.deafen(),
  'that breaks every connection': () => proxy.cut(),
}

test.each(Object.entries(OUTAGES))(
  'a network to the database %s: 503, and back within 2 s',
  async (what, away) => {
    await throughOutage(server.url, {
      name: `network ${what}`,
      away: async () => away(),
      back: async () => proxy.restore(),
      answersWithinMs,
    })
    expect(await connections()).toBeLessThanOrEqual(CONNECTIONS + 1)
  },
  200_000,
)

test('a network that resets all connections 30 times under load: nothing is lost or doubled', async () => {
  const ledger = new Ledger()
  const load = ledger.write(server.url, 8)
  for (let reset = 0; reset < 30; reset++) {
    await load.acknowledged(5)
    proxy.reset()
  }
  await load.finish()
  expect(ledger.surprises).toEqual([])
  expect(strangeStatuses(ledger)).toEqual([])
  expect(await ledger.complaints(server.url)).toEqual([])
  note(
    `30 resets: ${ledger.acknowledged} acknowledged, ${ledger.again.sent} sent again, ${ledger.again.there} there`,
  )
}, 200_000)

/** Those of the server, as PostgreSQL counts them. */
async function connections(): Promise<number> {
  const [row] = await database.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'headwater%'`,
  )
  return row?.count ?? 0
}
