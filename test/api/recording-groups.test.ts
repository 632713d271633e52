import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear, countRows, dumpTables } from '../harness/dump.js'
import { history } from '../harness/histories.js'
import { whileHolding } from '../harness/locks.js'
import {
  minute,
  type Payload,
  type Run,
  record,
  recordBatch,
  tryRecord,
  tryRecordBatch,
} from '../harness/recordings.js'
import { type Answer, startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

beforeEach(() => clear(server))

afterAll(() => server[Symbol.asyncDispose]())

const WRITE = /^WITH stats AS/
const LOCK = 'LOCK TABLE materialization IN EXCLUSIVE MODE'

const runs = (count: number): Run[] =>
  Array.from({ length: count }, (_, at) => ({
    idempotencyKey: `key ${at}`,
    materializedAt: minute(at),
    assets: [{ key: `made/${at}`, version: 'v1' }],
    upstream: [{ key: 'raw' }],
  }))

/** Lets calls come in while both writers are held up, so that those behind the first two wait for them. */
function whileWritersWait<T>(of: TestServer, send: () => Promise<T>[]): Promise<Promise<T>[]> {
  return whileHolding(of.database, LOCK, async (untilBlocked) => {
    const answers = send()
    await untilBlocked(2)
    // Answered only after the server has read what was sent before.
    for (let round = 0; round < 5; round++) await (await fetch(`${of.url}/livez`)).text()
    return answers
  })
}

test('recordings that come while others are written share a transaction', async () => {
  const statements = await server.statementsOf(async () => {
    const answers = await whileWritersWait(server, () => runs(42).map((run) => record(server, run)))
    for (const { duplicate } of await Promise.all(answers)) expect(duplicate).toBe(false)
  })
  expect(statements.filter((text) => WRITE.test(text)).length).toBeLessThan(10)
  expect(await countRows(server)).toMatchObject({ assets: 43, materializations: 42, recordings: 42 })
})

test('recordings that follow each other have a transaction each', async () => {
  const statements = await server.statementsOf(async () => {
    for (const run of runs(5)) await record(server, run)
  })
  expect(statements).toHaveLength(5)
})

test('one that reuses a key fails alone, whole, and by its place in its own call', async () => {
  await record(server, { idempotencyKey: 'taken', assets: [{ key: 'first' }] })
  const reused: Run = { idempotencyKey: 'taken', assets: [{ key: 'other' }] }
  const good = runs(20)
  const answers = await whileWritersWait<Answer<unknown>>(server, () => [
    ...good.slice(0, 10).map((run) => tryRecord(server, run)),
    tryRecord(server, reused),
    tryRecordBatch(server, [{ idempotencyKey: 'with it', assets: [{ key: 'with it' }] }, reused]),
    ...good.slice(10).map((run) => tryRecord(server, run)),
  ])
  const failed = (await Promise.all(answers)).filter(({ errors }) => errors.length > 0)
  expect(failed.map(({ status }) => status)).toEqual([409, 409])
  expect(failed.map(({ errors }) => errors[0]?.extensions)).toEqual([
    { code: 'IDEMPOTENCY_KEY_REUSED', field: 'input.idempotencyKey' },
    { code: 'IDEMPOTENCY_KEY_REUSED', field: 'inputs[1].idempotencyKey' },
  ])
  expect(await countRows(server)).toMatchObject({ materializations: 21, recordings: 21 })
})

test('one that the database refuses fails alone', async () => {
  await using own = await startTestServer()
  await own.database.sql(`ALTER TABLE materialization ADD CHECK (version <> 'refused')`)
  const refused: Run = { idempotencyKey: 'refused', assets: [{ key: 'refused', version: 'refused' }] }
  const all = runs(21).toSpliced(13, 0, refused)
  const answers = await whileWritersWait(own, () => all.map((run) => tryRecord(own, run)))
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  expect(statuses).toEqual(all.map((run) => (run === refused ? 500 : 200)))
  expect(await countRows(own)).toMatchObject({ assets: 22, materializations: 21, recordings: 21 })
})

test('concurrent repeats are answered as if one came after the other', async () => {
  const event = (version: string): Run => ({
    storageEventId: 1,
    materializedAt: minute(1),
    assets: [{ key: 'event', version }],
  })
  const versions = Array.from({ length: 10 }, (_, at) => `v${at}`)
  const keyed: Run = { idempotencyKey: 'key', assets: [{ key: 'keyed' }] }
  const answers = await whileWritersWait<Payload[]>(server, () =>
    versions.flatMap((version) => [
      record(server, event(version)).then((payload) => [payload]),
      record(server, keyed).then((payload) => [payload]),
      recordBatch(server, [keyed, keyed]),
    ]),
  )
  const payloads = await Promise.all(answers)
  // Of deliveries with equal times each takes the place of the one before.
  const delivered = payloads.filter((_, at) => at % 3 === 0).flat()
  expect(delivered.map(({ materializations }) => materializations[0]?.version)).toEqual(versions)
  const repeated = payloads.filter((_, at) => at % 3 !== 0).flat()
  expect(repeated.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
  expect(new Set(repeated.map(({ materializations }) => materializations[0]?.id)).size).toBe(1)
  expect(await countRows(server)).toMatchObject({ materializations: 2, recordings: 1 })
})

test('where too much waits to be recorded the rest is answered by 503 with Retry-After', async () => {
  // Each of twenty assets is made from each of five hundred: of such content three calls may wait.
  const upstream = Array.from({ length: 500 }, (_, at) => ({ key: `${at}`.padEnd(2_000, '.') }))
  const large = (call: number): Run => ({
    idempotencyKey: `large ${call}`,
    assets: Array.from({ length: 20 }, (_, at) => ({ key: `large/${at}` })),
    upstream,
  })
  const { small, larges } = await whileHolding(server.database, LOCK, async (untilBlocked) => {
    const first = runs(2).map((run) => tryRecord(server, run))
    await untilBlocked(2)
    const answers = [1, 2, 3, 4].map((call) => tryRecord(server, large(call)))
    // Nothing else can be answered while the writers are held up.
    const refused = await Promise.race(answers)
    expect(refused).toMatchObject({
      status: 503,
      errors: [
        {
          message: '3 calls wait to be recorded, and no more are taken now; try again shortly',
          extensions: { code: 'SERVICE_UNAVAILABLE' },
        },
      ],
    })
    expect(refused.headers.get('retry-after')).toBe('1')
    return { small: first, larges: answers }
  })
  for (const { status } of await Promise.all(small)) expect(status).toBe(200)
  const statuses = (await Promise.all(larges)).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, 200, 200, 503])
  expect(await countRows(server)).toMatchObject({ materializations: 62, recordings: 5 })
  expect((await tryRecord(server, runs(1)[0] ?? { assets: [] })).status).toBe(200)
}, 60_000)

test('a server that stops writes what waits', async () => {
  await using own = await startTestServer()
  const { answers, stopped } = await whileHolding(own.database, LOCK, async (untilBlocked) => {
    const sent = runs(20).map((run) => tryRecord(own, run))
    await untilBlocked(2)
    for (let round = 0; round < 5; round++) await (await fetch(`${own.url}/livez`)).text()
    // Not awaited here: it waits for what this holds.
    return { answers: sent, stopped: own.stop() }
  })
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
  await stopped
  expect(await countRows(own)).toMatchObject({ materializations: 20 })
})

test('a database that breaks off loses nothing that was answered, and the rest can be sent again', async () => {
  const all = runs(100)
  const answered = new Set<string>()
  const send = async (run: Run) => {
    const { status, errors } = await tryRecord(server, run)
    if (status === 200) answered.add(run.idempotencyKey ?? '')
    else expect(errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE')
  }
  const breakOff = () =>
    server.database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'headwater'`,
    )
  const recorded = async () => {
    const rows = await server.database.sql<{ key: string }>('SELECT idempotency_key AS key FROM recording')
    return new Set(rows.map(({ key }) => key))
  }
  for (let round = 0; round < 3; round++) {
    await Promise.all([...all.slice(0, 60).map(send), breakOff()])
    const rows = await recorded()
    expect([...answered].filter((key) => !rows.has(key))).toEqual([])
  }
  while (answered.size < all.length) {
    await Promise.all(all.filter(({ idempotencyKey }) => !answered.has(idempotencyKey ?? '')).map(send))
  }
  expect(await countRows(server)).toMatchObject({ materializations: 100, recordings: 100 })
}, 60_000)

test('any mix of concurrent calls ends in the rows of the same calls one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(mix, async (calls) => {
      await clear(server)
      await record(server, TAKEN)
      const apart: number[] = []
      for (const call of calls) apart.push((await tryRecordBatch(server, call)).status)
      const once = await dumpTables(server)

      await clear(server)
      await record(server, TAKEN)
      const together = await Promise.all(calls.map((call) => tryRecordBatch(server, call)))
      expect(together.map(({ status }) => status)).toEqual(apart)
      expect(await dumpTables(server)).toEqual(once)
    }),
    { numRuns: 10, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
}, 120_000)

const TAKEN: Run = { idempotencyKey: 'taken', materializedAt: minute(0), assets: [{ key: 'taken' }] }

/** Calls with one to three recordings of a history, repeats among them, some with one that cannot be recorded. */
const mix: fc.Arbitrary<Run[][]> = history.chain((log) =>
  fc
    .array(
      fc.record({
        runs: fc.array(fc.constantFrom(...log), { minLength: 1, maxLength: 3 }),
        isBad: fc.boolean(),
      }),
      { minLength: 10, maxLength: 20 },
    )
    .map((calls) =>
      calls.map(({ runs: own, isBad }) => (isBad ? [...own, { ...TAKEN, assets: [{ key: 'other' }] }] : own)),
    ),
)
