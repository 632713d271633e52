import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.js'
import { Ledger } from '../harness/ledger.js'
import { whileHolding } from '../harness/locks.js'
import { record } from '../harness/recordings.js'
import { startTestServer } from '../harness/server.js'

const LOCK = 'LOCK TABLE asset IN ACCESS EXCLUSIVE MODE'
const QUESTION = '{ a: asset(key: "a") { key } }'
const UNAVAILABLE = {
  status: 503,
  errors: [
    {
      message: 'the database does not answer now; try again shortly',
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    },
  ],
}

test('more questions than connections: those that get none in time are answered by 503, the others as ever', async () => {
  await using server = await startTestServer({
    variables: { HEADWATER_DATABASE_CONNECTIONS: '2', HEADWATER_CONNECT_TIMEOUT_MS: '300' },
  })
  await record(server, { assets: [{ key: 'a' }] })
  const { holding } = await whileHolding(server.database, LOCK, async (untilBlocked) => {
    const holding = [server.ask(QUESTION), server.ask(QUESTION)]
    await untilBlocked(2)
    const others = await Promise.all(Array.from({ length: 20 }, () => server.ask(QUESTION)))
    for (const other of others) {
      expect(other).toMatchObject(UNAVAILABLE)
      expect(other.headers.get('retry-after')).toBe('1')
    }
    return { holding }
  })
  for (const answer of await Promise.all(holding)) expect(answer).toMatchObject({ status: 200, errors: [] })
  for (let at = 0; at < 5; at++) expect(await server.ask(QUESTION)).toMatchObject({ status: 200, errors: [] })
})

test('nothing that holds a connection waits for another: with one alone, eight writers and readers are all answered', async () => {
  await using server = await startTestServer({ variables: { HEADWATER_DATABASE_CONNECTIONS: '1' } })
  const ledger = new Ledger()
  const load = ledger.write(server.url, 8)
  const reading = Array.from({ length: 8 }, async () => {
    for (let at = 0; at < 10; at++) {
      const root = 'root: { namespace: "lake", key: "made/1" }'
      const asked = [
        `{ lineage(${root}, direction: BOTH) { nodes { asset { key staleness { status } } } } }`,
        `{ lineage(${root}, direction: BOTH, asOf: "2100-01-01T00:00:00Z") { nodes { asset { key } } } }`,
        '{ materializations(first: 5) { totalCount nodes { inputs { asset { key } } lineage(direction: UPSTREAM) { nodes { id: __typename } } } } }',
        '{ searchAssets(query: "made") { hits { asset { key } } } }',
      ]
      const { status, errors } = await server.ask(asked[at % asked.length] ?? '')
      expect([status, errors]).toEqual([200, []])
    }
  })
  await load.acknowledged(100)
  await Promise.all([...reading, load.finish()])
  expect([...ledger.statuses.keys()].sort()).toEqual([200, 201])
  expect(await ledger.complaints(server.url)).toEqual([])
}, 200_000)

test('a PostgreSQL that has no connection left: 503 for those that need one, and all is well when it has', async () => {
  await using database = await createEmptyDatabase()
  await using user = await createLimitedUser(6, database)
  await using server = await startTestServer({
    database: { ...database, url: user.url },
    variables: { HEADWATER_DATABASE_CONNECTIONS: '20' },
  })
  await record(server, { assets: [{ key: 'a' }] })
  const { asked } = await whileHolding(database, LOCK, async (untilBlocked) => {
    const asked = Array.from({ length: 20 }, () => server.ask(QUESTION))
    // Of the six one is the graph's, and one looks for what webhooks are to be told.
    await untilBlocked(4)
    let refused = 0
    for (const one of asked) void one.then(({ status }) => status === 503 && refused++)
    while (refused < 16) await sleep(5)
    return { asked }
  })
  const statuses = (await Promise.all(asked)).map(({ status }) => status).sort()
  expect(statuses).toEqual([...Array(4).fill(200), ...Array(16).fill(503)])
  const after = await Promise.all(Array.from({ length: 4 }, () => server.ask(QUESTION)))
  for (const answer of after) expect(answer).toMatchObject({ status: 200, errors: [] })
})

/** The database's URL for an owner who may have so many connections. */
async function createLimitedUser(connections: number, { url, sql }: TestDatabase) {
  const limited = new URL(url)
  const name = limited.pathname.slice(1)
  await sql(`CREATE ROLE ${name} LOGIN PASSWORD 'x' CONNECTION LIMIT ${connections}`)
  await sql(`ALTER DATABASE ${name} OWNER TO ${name}`)
  return {
    url: Object.assign(limited, { username: name, password: 'x' }).href,
    [Symbol.asyncDispose]: async () => {
      await sql(`REASSIGN OWNED BY ${name} TO CURRENT_USER`)
      await sql(`DROP ROLE ${name}`)
    },
  }
}
