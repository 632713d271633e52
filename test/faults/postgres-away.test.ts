import { afterAll, beforeAll, test } from '@jest/globals'
import pg from 'pg'
import { post } from '../harness/ledger.js'
import { createOwnPostgres, type OwnPostgres } from '../harness/own-postgres.js'
import { type ServerProcess, startServerProcess } from '../harness/server-process.js'
import { TRANSPORTS } from '../harness/subscriber.js'
import { COMMITTED, expectTold, Follower } from './follower.js'
import { type Outage, throughOutage } from './outage.js'

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
    throughFollowedOutage({
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
    throughFollowedOutage({
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
    throughFollowedOutage({
      name: 'kill -9 of one process of PostgreSQL',
      away: async () => {
        const [row] = await ask<{ pid: number }>(
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
    throughFollowedOutage({
      name: 'PostgreSQL frozen',
      away: () => postgres.freeze(),
      back: async () => postgres.thaw(),
      answersWithinMs,
    }),
  200_000,
)

/** Who follows what is recorded is told of everything meanwhile, and of nothing twice. */
async function throughFollowedOutage(outage: Outage): Promise<void> {
  const before = await ask(COMMITTED)
  const { text } = await post(
    `${server.url}/graphql`,
    JSON.stringify({
      query:
        'mutation { r: recordMaterializations(input: { jobId: "j", assets: [{ key: "mark" }] }) { watermark } }',
    }),
  )
  const { watermark } = JSON.parse(text).data.r
  const followers = TRANSPORTS.map((transport) => new Follower([server.url], transport, watermark))
  await throughOutage(server.url, outage)
  const committed = await ask(COMMITTED)
  await expectTold(
    followers,
    committed.slice(before.length + 1).map(({ id }) => id),
  )
}

async function ask<Row = { id: string }>(text: string): Promise<Row[]> {
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
