import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { minute, type Run, record, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { type DatabaseProxy, startDatabaseProxy } from '../harness/tcp-proxy.js'

let database: TestDatabase
let proxy: DatabaseProxy
let server: TestServer

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startDatabaseProxy(database.url)
  server = await startTestServer({
    database,
    variables: {
      DATABASE_URL: proxy.url,
      HEADWATER_CONNECT_TIMEOUT_MS: '500',
      HEADWATER_STATEMENT_TIMEOUT_MS: '1000',
    },
  })
  await record(server, { materializedAt: minute(1), assets: [{ key: 'a' }], upstream: [{ key: 'b' }] })
})

afterEach(() => proxy.restore())

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const UNAVAILABLE = {
  status: 503,
  data: null,
  errors: [
    {
      message: 'the database does not answer now; try again shortly',
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    },
  ],
}

/** Every way by which the server asks its database. */
const QUESTIONS = [
  '{ a: lineage(root: { key: "a" }, direction: BOTH) { watermark } }',
  '{ a: assets { nodes { key } } }',
  '{ a: materializations { totalCount } }',
  'mutation { a: recordMaterializations(input: { jobId: "j", assets: [{ key: "a" }] }) { duplicate } }',
]

async function readiness(): Promise<{ status: number; text: string; ms: number }> {
  const started = performance.now()
  const response = await fetch(`${server.url}/readyz`)
  return { status: response.status, text: await response.text(), ms: performance.now() - started }
}

async function untilReady(): Promise<void> {
  while ((await readiness()).status !== 200);
}

test('where the database is gone every question is answered by 503 with Retry-After, and again when it is back', async () => {
  proxy.cut()
  expect(await readiness()).toMatchObject({ status: 503, text: 'the database does not answer' })
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  for (const question of QUESTIONS) {
    const answer = await server.ask<object, undefined>(question)
    expect(answer).toMatchObject(UNAVAILABLE)
    expect(answer.headers.get('retry-after')).toBe('1')
  }
  const nullable = await server.ask<object, undefined>('{ asset(key: "a") { key } }')
  expect(nullable).toMatchObject({ ...UNAVAILABLE, data: { asset: null } })
  proxy.restore()
  await untilReady()
  for (const question of QUESTIONS) expect((await server.ask<object, undefined>(question)).status).toBe(200)
})

test('a database that has frozen makes the server not ready in about a second, and its questions 503', async () => {
  proxy.freeze()
  const [ready, ...answers] = await Promise.all([
    readiness(),
    ...QUESTIONS.map((question) => server.ask<object, undefined>(question)),
  ])
  expect(ready.status).toBe(503)
  expect(ready.ms).toBeLessThan(2_000)
  for (const answer of answers) expect(answer).toMatchObject(UNAVAILABLE)
  proxy.restore()
  await untilReady()
  for (const question of QUESTIONS) expect((await server.ask<object, undefined>(question)).status).toBe(200)
})

test('connections that the database has closed are replaced', async () => {
  await database.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'headwater'`,
  )
  // The server learns at the next use that its connections are gone.
  await untilReady()
  expect((await server.ask<object, undefined>(QUESTIONS[0] ?? '')).status).toBe(200)
})

test('a recording whose answer was lost is a repeat when it is sent again', async () => {
  const run: Run = { idempotencyKey: 'lost', materializedAt: minute(2), assets: [{ key: 'a', version: 'v' }] }
  proxy.freeze()
  expect(await tryRecord(server, run)).toMatchObject(UNAVAILABLE)
  proxy.restore()
  await untilReady()
  expect((await record(server, run)).materializations).toHaveLength(1)
  expect(await record(server, run)).toMatchObject({ duplicate: true })
  const { asset } = await server.query<{ asset: { materializations: { totalCount: number } } }, undefined>(
    '{ asset(key: "a") { materializations(filter: { version: "v" }) { totalCount } } }',
  )
  expect(asset.materializations.totalCount).toBe(1)
})
