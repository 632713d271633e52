import { afterAll, beforeAll, test } from '@jest/globals'
import pg from 'pg'
import { createOwnPostgres, type OwnPostgres } from '../harness/own-postgres.js'
import { type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { throughOutage } from './outage.js'

let postgres: OwnPostgres
/** One for all: none of this takes a restart. */
let server: ServerProcess

beforeAll(async () => {
  postgres = await createOwnPostgres()
  server = await startServerProcess({
    variables: {
      DATABASE_URL: postgres.url,
      HEADWATER_CONNECT_TIMEOUT_MS: '500',
      HEADWATER_STATEMENT_TIMEOUT_MS: '1000',
    },
  })
}, 200_000)

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

/** A connection's time, a statement's, two seconds in which PostgreSQL would have to end it; and other work of the machine. */
const answersWithinMs = 500 + 1_000 + 2_000 + 6_500

test(
  'kill -9 of PostgreSQL under load: 503 while it is away, and back within 2 s of its return',
  () =>
    throughOutage(server.url, {
      name: 'kill -9 of PostgreSQL',
      away: () => postgres.crash(),
      back: () => postgres.start(),
      answersWithinMs,
    }),
  200_000,
)

test(
  'a restart of PostgreSQL under load: 503 while it is away, and back within 2 s of its return',
  () =>
    throughOutage(server.url, {
      name: 'restart of PostgreSQL',
      away: () => postgres.stop(),
      back: () => postgres.start(),
      answersWithinMs,
    }),
  200_000,
)

test(
  'kill -9 of one process of PostgreSQL under load, for which it ends all others',
  () =>
    throughOutage(server.url, {
      name: 'kill -9 of one process of PostgreSQL',
      away: async () => {
        const [row] = await ask(
          "SELECT pid FROM pg_stat_activity WHERE application_name = 'headwater' LIMIT 1",
        )
        process.kill(Number(row?.pid), 'SIGKILL')
      },
      back: untilItAnswers,
      isBrief: true,
      answersWithinMs,
    }),
  200_000,
)

test(
  'a frozen PostgreSQL (SIGSTOP): 503 within the timeouts, and back within 2 s of its thaw',
  () =>
    throughOutage(server.url, {
      name: 'PostgreSQL frozen',
      away: () => postgres.freeze(),
      back: async () => postgres.thaw(),
      answersWithinMs,
    }),
  200_000,
)

async function ask(text: string): Promise<{ pid: number }[]> {
  const client = new pg.Client({ connectionString: postgres.url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function untilItAnswers(): Promise<void> {
  for (;;) {
    const isThere = await ask('SELECT 1').then(
      () => true,
      () => false,
    )
    if (isThere) return
  }
}
