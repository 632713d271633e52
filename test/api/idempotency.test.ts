import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { minute, type Run, record, recordBatch, tryRecord, tryRecordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

// Every test counts the rows of all tables.
beforeEach(() => clear(server))

afterAll(() => server[Symbol.asyncDispose]())

const RUN: Run = {
  idempotencyKey: 'key',
  dagId: 'run-1',
  assets: [
    { key: 'b', version: 'v1', metadata: { x: 1, y: { z: [1, 2] } } },
    { key: 'a', sizeBytes: '9007199254740993' },
  ],
  upstream: [{ key: 'raw', version: 'v1' }],
}

const reused = (recording = 'input') => ({
  message: `${recording}.idempotencyKey: expected the content first recorded under "key", got other content; use a new key for a new recording`,
  extensions: { code: 'IDEMPOTENCY_KEY_REUSED', field: `${recording}.idempotencyKey` },
})

test('a repeat answers with the first result and writes nothing', async () => {
  const first = await record(server, RUN)
  const rows = await countRows(server)
  const second = await record(server, RUN)
  expect(first.duplicate).toBe(false)
  expect(second).toMatchObject({ materializations: first.materializations, duplicate: true })
  expect(await countRows(server)).toEqual(rows)
})

test('a repeat is the same in whatever way it writes the same content', async () => {
  const first = await record(server, { ...RUN, materializedAt: '2026-01-01T00:00:00Z' })
  const [b, a] = RUN.assets
  if (a === undefined || b === undefined) throw new Error('RUN has two assets')
  const second = await record(server, {
    ...RUN,
    materializedAt: '2026-01-01T01:00:00.000+01:00',
    partitionKey: null,
    assets: [
      { ...b, metadata: { y: { z: [1, 2] }, x: 1 }, namespace: 'default' },
      { ...a, upstream: [] },
    ],
  })
  expect(second).toMatchObject({ materializations: first.materializations, duplicate: true })
})

test.each<[string, Partial<Run>]>([
  ['another job', { jobId: 'other' }],
  ['another time', { materializedAt: minute(1) }],
  ['another DAG run', { dagId: 'run-2' }],
  ['another upstream', { upstream: [{ key: 'raw', version: 'v2' }] }],
  ['another order of assets', { assets: RUN.assets.toReversed() }],
  ['other metadata', { assets: [{ key: 'b', version: 'v1', metadata: { x: 2 } }, { key: 'a' }] }],
])('the same key with %s is refused, and nothing is written', async (_, change) => {
  await record(server, RUN)
  const rows = await countRows(server)
  const { status, data, errors } = await tryRecord(server, { ...RUN, ...change })
  expect(status).toBe(409)
  expect(data).toBeNull()
  expect(errors).toMatchObject([reused()])
  expect(await countRows(server)).toEqual(rows)
})

test('a batch may repeat a recording of its own', async () => {
  const [first, between, second] = await recordBatch(server, [RUN, { assets: [{ key: 'c' }] }, RUN])
  expect([first?.duplicate, between?.duplicate, second?.duplicate]).toEqual([false, false, true])
  expect(second?.materializations).toEqual(first?.materializations)
  expect(await countRows(server)).toMatchObject({ materializations: 3, recordings: 1 })
})

test('a batch that uses one key for two contents writes nothing', async () => {
  const { status, errors } = await tryRecordBatch(server, [RUN, { ...RUN, jobId: 'other' }])
  expect(status).toBe(409)
  expect(errors).toMatchObject([reused('inputs[1]')])
  expect(await countRows(server)).toMatchObject({ assets: 0, materializations: 0, recordings: 0 })
})

test('a batch writes what is new in it beside what is repeated', async () => {
  const first = await record(server, RUN)
  const [repeated, fresh] = await recordBatch(server, [
    RUN,
    { ...RUN, idempotencyKey: 'other key', assets: [{ key: 'c' }] },
  ])
  expect(repeated).toMatchObject({ materializations: first.materializations, duplicate: true })
  expect(fresh).toMatchObject({ duplicate: false })
  expect(await countRows(server)).toMatchObject({ materializations: 3, recordings: 2 })
})

test('twenty concurrent repeats make one record, and exactly one of them is no duplicate', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => record(server, RUN)))
  expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
  for (const { materializations } of answers) expect(materializations).toEqual(answers[0]?.materializations)
  expect(await countRows(server)).toEqual({
    assets: 3,
    states: 3,
    materializations: 2,
    inputs: 2,
    slices: 2,
    edges: 2,
    stats: 2,
    recordings: 1,
  })
})

test('twenty concurrent recordings of one key with two contents: one content wins, the other is refused', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => tryRecord(server, { ...RUN, jobId: `job ${at % 2}` })),
  )
  const done = answers.filter(({ status }) => status === 200)
  expect(done).toHaveLength(10)
  expect(done.filter(({ data }) => data?.payload.duplicate === false)).toHaveLength(1)
  expect(new Set(done.map(({ data }) => data?.payload.materializations[0]?.jobId)).size).toBe(1)
  for (const { status, errors } of answers.filter((one) => !done.includes(one))) {
    expect(status).toBe(409)
    expect(errors).toMatchObject([reused()])
  }
  expect(await countRows(server)).toMatchObject({ materializations: 2, recordings: 1 })
})

test('recordings without a key are never taken for repeats', async () => {
  const run = { assets: [{ key: 'a', version: 'v1' }], materializedAt: minute(1) }
  await record(server, run)
  expect(await record(server, run)).toMatchObject({ duplicate: false })
  expect(await countRows(server)).toMatchObject({ materializations: 2 })
})

test('twenty concurrent repeats under a key and a storage event make one record', async () => {
  const run = { ...RUN, storageEventId: '9223372036854775807' }
  const answers = await Promise.all(Array.from({ length: 20 }, () => record(server, run)))
  expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
  expect(await countRows(server)).toMatchObject({ materializations: 2, recordings: 1 })
})
