import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createTestDatabase } from '../harness/database.js'
import { clear, countRows } from '../harness/dump.js'
import { dataset, type EventDataset, postEvents, runEvent, sendEvents } from '../harness/lineage-events.js'
import { whileHolding } from '../harness/locks.js'
import { PythonRequests } from '../harness/python-requests.js'
import { minute } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { startDatabaseProxy } from '../harness/tcp-proxy.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: { HEADWATER_EVENT_LIMIT_BYTES: '100000' } })
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

/** Two of these are more than may wait. */
const PADDING = 'x'.repeat(35_000_000)

const complete = (rest: Parameters<typeof runEvent>[4] = {}) =>
  runEvent('dag.task', 'run-1', 'COMPLETE', minute(2), {
    inputs: [dataset('raw')],
    outputs: [dataset('clean')],
    ...rest,
  })

describe('over HTTP', () => {
  test('an event is accepted with 201 and nothing, as often as it comes, and applied once', async () => {
    for (const _ of [1, 2]) {
      const response = await postEvents(server, complete())
      expect(response.status).toBe(201)
      expect(response.headers.get('content-length')).toBe('0')
      expect(await response.text()).toBe('')
    }
    expect(await countRows(server)).toMatchObject({ assets: 2, materializations: 1, edges: 1 })
    const kept = await server.database.sql<{ body: string }>('SELECT body FROM openlineage_event')
    expect(kept.map(({ body }) => JSON.parse(body))).toEqual([complete()])
  })

  test.each(['/api/v1/lineage/', '/api/v1/lineage?api_key=x', '/API/v1/lineage'])(
    'the URL may be written as %s',
    async (path) => {
      const response = await postEvents(server, complete(), { path })
      expect([response.status, response.headers.get('content-length')]).toEqual([201, '0'])
      expect(await countRows(server)).toMatchObject({ assets: 2, materializations: 1, edges: 1 })
      expect((await postEvents(server, '{', { path })).status).toBe(400)
      expect((await postEvents(server, 'x'.repeat(100_001), { path })).status).toBe(413)
    },
  )

  test('equal events in other words are one: order of members, blanks, Content-Type', async () => {
    const { eventTime, ...rest } = complete()
    await sendEvents(server, [complete()])
    const response = await postEvents(server, JSON.stringify({ ...rest, eventTime }, null, 2), {
      headers: { 'content-type': 'text/plain' },
    })
    expect(response.status).toBe(201)
    expect(await server.database.sql('SELECT 1 FROM openlineage_event')).toHaveLength(1)
  })

  test('gzip is read, and its limit is that of what comes out of it', async () => {
    const zipped = (value: unknown) =>
      fetch(`${server.url}/api/v1/lineage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify(value)),
      })
    expect((await zipped(complete())).status).toBe(201)
    const large = await zipped({ ...complete(), padding: 'x'.repeat(200_000) })
    expect(large.status).toBe(413)
    expect(await large.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('at most 100000 bytes') }],
    })
  })

  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
  const { run: _, ...runless } = complete()
  test.each<[what: string, body: unknown, message: string]>([
    ['no JSON', '{"eventTime"', "$: expected JSON, got Expected ':' after property name"],
    ['no object', '[]', '$: expected an object, got a list'],
    [
      'no time',
      { ...complete(), eventTime: undefined },
      '$.eventTime: expected a time as ISO 8601 has it, got nothing',
    ],
    [
      'no such time',
      { ...complete(), eventTime: 'today' },
      '$.eventTime: expected a time as ISO 8601 has it, got "today"',
    ],
    [
      'no such day',
      { ...complete(), eventTime: '2026-02-30T00:00:00Z' },
      '$.eventTime: expected a time as ISO 8601 has it, got "2026-02-30T00:00:00Z"',
    ],
    ['no run', runless, '$.run: expected an object, got nothing'],
    ['no run id', { ...complete(), run: {} }, '$.run.runId: expected a string, got nothing'],
    ['no job', { ...complete(), job: null }, '$.job: expected an object, got null'],
    [
      'no name of the job',
      { ...complete(), job: { namespace: 'a' } },
      '$.job.name: expected a string, got nothing',
    ],
    [
      'inputs that are no list',
      { ...complete(), inputs: {} },
      '$.inputs: expected a list of datasets, got an object',
    ],
    [
      'a dataset without a name',
      complete({ outputs: [dataset('a'), { namespace: 'lake' } as never] }),
      '$.outputs[1].name: expected a string, got nothing',
    ],
    [
      'an empty namespace',
      complete({ inputs: [{ namespace: '', name: 'a' }] }),
      '$.inputs[0].namespace: expected 1 to 512 characters, got 0 characters',
    ],
    [
      'a control character',
      complete({ inputs: [dataset('a\u0007')] }),
      '$.inputs[0].name: expected no control characters, got U+0007 at index 1',
    ],
    [
      'facets that are no object',
      complete({ inputs: [dataset('a', { facets: [] as never })] }),
      '$.inputs[0].facets: expected an object, got a list',
    ],
    [
      'too many levels',
      { ...complete(), deep: nested(2_000) },
      '$: expected at most 1000 levels of nesting, got more',
    ],
  ])('refused with 400, and nothing is stored: %s', async (_what, body, message) => {
    const response = await postEvents(server, body)
    expect(response.status).toBe(400)
    const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] }
    expect(errors[0]?.message).toContain(message)
    expect(errors[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })
    expect(
      await server.database.sql('SELECT 1 FROM openlineage_event UNION ALL SELECT 1 FROM asset'),
    ).toEqual([])
  })

  const many = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => dataset(`${name}/${at}`))
  test('a run that would make more than one transaction can hold is refused, and only it', async () => {
    const wide = complete({ inputs: many('in', 400), outputs: many('out', 300) })
    const other = runEvent('dag.task', 'run-2', 'COMPLETE', minute(3), { outputs: [dataset('other')] })
    const [refused, taken] = await Promise.all([postEvents(server, wide), postEvents(server, other)])
    expect([refused?.status, taken?.status]).toEqual([400, 201])
    expect(await refused?.json()).toMatchObject({
      errors: [
        {
          message:
            '$.outputs: expected at most 100000 inputs of all that a run makes, counted for each output and partition, got more',
        },
      ],
    })
    const batch = await postEvents(server, [other, wide], { path: '/api/v1/lineage/batch' })
    expect(await batch.json()).toMatchObject({
      failed_events: [
        { index: 1, reason: expect.stringMatching(/^\$\[1\]\.outputs: expected at most 100000/) },
      ],
    })
    expect(await countRows(server)).toMatchObject({ assets: 1, materializations: 1 })
    expect(await server.database.sql('SELECT run_id FROM run')).toEqual([{ run_id: 'run-2' }])
  })

  const { eventTime, producer, job } = complete()
  const fields = Array.from({ length: 320 }, (_, at) => ({ ...dataset('in'), field: `f${at}` }))
  const columnLineage = {
    fields: Object.fromEntries(fields.map(({ field }) => [field, { inputFields: fields }])),
  }
  test.each([
    [
      'of a job every input of every output',
      { eventTime, producer, job, inputs: many('in', 400), outputs: many('out', 300) },
      '$.outputs: expected at most 100000 inputs, counted for each output, got 120000',
    ],
    [
      'of a job the columns',
      { eventTime, producer, job, outputs: [dataset('out', { facets: { columnLineage } })] },
      '$.outputs: expected at most 100000 inputs of columns, got 102400',
    ],
    [
      'of a dataset the columns',
      { eventTime, producer, dataset: dataset('out', { facets: { columnLineage } }) },
      '$.dataset.facets.columnLineage: expected at most 100000 inputs of columns, got 102400',
    ],
  ])('more edges than one transaction can hold are refused: %s', async (_what, event, message) => {
    await using roomy = await startTestServer({ database: server.database })
    const response = await postEvents(roomy, event)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ message }] })
    expect(await countRows(server)).toMatchObject({ assets: 0, edges: 0 })
  })

  test('more than may wait is 503 with Retry-After; once the database goes on, what waits is kept', async () => {
    await using small = await startTestServer({
      database: server.database,
      variables: { HEADWATER_EVENT_LIMIT_BYTES: '40000000' },
    })
    const zipped = async (at: number) => {
      const event = { ...runEvent('dag.task', `run-${at}`, 'COMPLETE', minute(at)), padding: PADDING }
      const { status, headers } = await fetch(`${small.url}/api/v1/lineage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify(event)),
      })
      return [status, headers.get('retry-after')]
    }
    const [taken, refused] = await whileHolding(
      server.database,
      'LOCK TABLE openlineage_event',
      async (untilBlocked) => {
        const written = [zipped(1)]
        await untilBlocked(1)
        // One more may wait behind what is being written; a second would be too much.
        const waiting = [zipped(2), zipped(3)]
        const first = await Promise.race(waiting)
        return [[...written, ...waiting], first] as const
      },
    )
    expect(refused).toEqual([503, expect.stringMatching(/^\d+$/)])
    const answers = await Promise.all(taken)
    expect(answers.map(([status]) => status).sort()).toEqual([201, 201, 503])
    expect(await server.database.sql('SELECT FROM run')).toHaveLength(2)
  })

  const emoji = `${'x'.repeat(65_535)}\u{1f600}`
  const untold = { toString: 1, valueOf: 1 }
  test.each<[what: string, outputs: EventDataset[]]>([
    [
      'a description that is cut within a character',
      [dataset('clean', { facets: { schema: { fields: [{ name: 'id', description: emoji }] } } })],
    ],
    [
      'owners with long names',
      [dataset('clean', { facets: { ownership: { owners: [{ name: 'o'.repeat(20_000) }] } } })],
    ],
    [
      'a tag that is no text',
      [dataset('clean', { facets: { tags: { tags: [{ key: 'tag', value: untold }] } } })],
    ],
    [
      'a partition by what is no text',
      [
        dataset('clean', {
          outputFacets: {
            subset: {
              outputCondition: {
                type: 'partition',
                partitions: [{ type: 'partition', dimensions: { day: untold } }],
              },
            },
          },
        }),
      ],
    ],
  ])('taken all the same: %s', async (_what, outputs) => {
    const response = await postEvents(server, complete({ outputs }))
    expect([response.status, await response.text()]).toEqual([201, ''])
    expect(await countRows(server)).toMatchObject({ materializations: 1 })
  })

  test('an event of a batch that is nested too deeply is refused like any other', async () => {
    const deep = `{"eventTime":"${minute(1)}","deep":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
    const response = await postEvents(server, `[${deep}]`, { path: '/api/v1/lineage/batch' })
    expect(await response.json()).toMatchObject({
      failed_events: [{ reason: expect.stringContaining('levels of nesting'), retriable: false }],
    })
  })

  test('of an event is kept what came, to the letter, alone or in a batch', async () => {
    const text = (run: number) =>
      `{ "eventType":"COMPLETE", "eventTime":"${minute(run)}","run":{"runId":"run-${run}"},` +
      '"job":{"namespace":"a","name":"b"}, "large":12345678901234567890, "exact":1.10, "name":"\\u00e4]\\",["}'
    expect((await postEvents(server, text(1))).status).toBe(201)
    const batch = `\n[ ${text(1)} ,\t${text(2)}\n,${text(3)}]`
    const response = await postEvents(server, batch, { path: '/api/v1/lineage/batch' })
    expect(await response.json()).toMatchObject({ status: 'success', summary: { received: 3 } })
    // The first is the same again.
    const kept = await server.database.sql<{ body: string }>(
      'SELECT body FROM openlineage_event ORDER BY event_time',
    )
    expect(kept.map(({ body }) => body)).toEqual([text(1), text(2), text(3)])
  })

  test('of a batch each event stands for itself', async () => {
    const bad = { ...complete(), eventTime: 'soon' }
    const other = runEvent('dag.task', 'run-2', 'COMPLETE', minute(3), { outputs: [dataset('other')] })
    const response = await postEvents(server, [complete(), bad, other], { path: '/api/v1/lineage/batch' })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      status: 'partial_success',
      summary: { received: 3, successful: 2, failed: 1, retriable: 0, non_retriable: 1 },
      failed_events: [
        {
          index: 1,
          reason: '$[1].eventTime: expected a time as ISO 8601 has it, got "soon"',
          retriable: false,
        },
      ],
    })
    expect(await countRows(server)).toMatchObject({ materializations: 2 })
    const again = await postEvents(server, [complete(), other], { path: '/api/v1/lineage/batch' })
    expect(await again.json()).toMatchObject({ status: 'success', failed_events: [] })
    expect((await postEvents(server, {}, { path: '/api/v1/lineage/batch' })).status).toBe(400)
  })

  test('another method is refused', async () => {
    const response = await fetch(`${server.url}/api/v1/lineage`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe.each([{ isZipped: false }, { isZipped: true }])('as openlineage-python sends it, %j,', (options) => {
  const start = runEvent('dag.task', 'run-1', 'START', minute(1))
  const countsOf = async (one: TestServer) => ({
    ...(await countRows(one)),
    runs: (await one.database.sql('SELECT state FROM run')).length,
    events: (await one.database.sql('SELECT 1 FROM openlineage_event')).length,
  })

  test('events are accepted, one after the other on one connection', async () => {
    using client = new PythonRequests(server.url, options)
    for (const event of [start, complete()]) {
      const answer = await client.post(event)
      expect(answer).toMatchObject({ status: 201, headers: { 'content-length': '0' }, body: '' })
      expect(client.isOpen).toBe(true)
    }
    const refused = await client.post({ ...complete(), eventTime: 'soon' })
    expect(refused.status).toBe(400)
    expect(refused.body).toContain('$.eventTime: expected a time as ISO 8601 has it, got \\"soon\\"')
    expect((await client.post(complete())).status).toBe(201)
    expect(await countsOf(server)).toMatchObject({ runs: 1, materializations: 1, events: 2 })
  })

  test.each([0, 0.5, 1])(
    'a connection that breaks after %d of the body, and the same again, is one run',
    async (share) => {
      using client = new PythonRequests(server.url, options)
      expect((await client.post(start)).status).toBe(201)
      await client.postAndBreak(complete(), share)
      expect((await client.post(complete())).status).toBe(201)
      expect(await countsOf(server)).toMatchObject({ runs: 1, materializations: 1, events: 2 })
    },
  )

  test('what is answered with 503 is accepted when it comes again', async () => {
    await using database = await createTestDatabase()
    await using proxy = await startDatabaseProxy(database.url)
    await using away = await startTestServer({
      database,
      variables: { DATABASE_URL: proxy.url, HEADWATER_CONNECT_TIMEOUT_MS: '500' },
    })
    using client = new PythonRequests(away.url, options)
    expect((await client.post(start)).status).toBe(201)
    proxy.cut()
    expect(await client.post(complete())).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    })
    proxy.restore()
    while ((await fetch(`${away.url}/readyz`)).status !== 200);
    expect((await client.post(complete())).status).toBe(201)
    expect(await countsOf(away)).toMatchObject({ runs: 1, materializations: 1, events: 2 })
  })
})

test('two hundred events of one run cost the database by the event, not by its edges', async () => {
  const inputs = Array.from({ length: 20 }, (_, at) => dataset(`in/${at}`))
  const outputs = Array.from({ length: 10 }, (_, at) => dataset(`out/${at}`))
  const event = (at: number, type: string) =>
    runEvent('spark.job', 'app', type, new Date(Date.parse(minute(1)) + at).toISOString(), {
      inputs,
      outputs,
    })
  await sendEvents(server, [event(0, 'START'), event(300, 'COMPLETE')])
  const wide = await server.statementsOf(() => sendEvents(server, [event(1, 'RUNNING')]))
  expect(wide.length).toBeLessThanOrEqual(6)
  const rows = () =>
    server.database.sql(
      'SELECT xmin::text FROM materialization_input UNION ALL SELECT xmin::text FROM lineage_edge_stats ORDER BY 1',
    )
  const before = await rows()
  for (let at = 2; at < 200; at++) await sendEvents(server, [event(at, 'RUNNING')])
  // What the run has made stays what it is, and is not written again.
  expect(await rows()).toEqual(before)
  expect(before).toHaveLength(400)
})
