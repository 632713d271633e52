import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { dataset, postEvents, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ variables: { HEADWATER_EVENT_LIMIT_BYTES: '100000' } })
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

interface Made {
  version: string | null
  jobId: string
  dagId: string | null
  nodeTaskId: string | null
  partitionKey: string | null
  sizeBytes: number | null
  uri: string | null
  codeVersion: string | null
  metadata: Record<string, unknown>
  materializedAt: string
  inputs: {
    asset: { key: string }
    version: string | null
    resolution: string
    materialization: { version: string } | null
  }[]
}

/** What is recorded of a dataset, newest first. */
async function historyOf(key: string): Promise<Made[]> {
  type Data = { asset: { materializations: { nodes: Made[] } } }
  const { asset } = await server.query<Data, object>(
    `query ($key: String!) { asset(namespace: "lake", key: $key) { materializations { nodes {
      version jobId dagId nodeTaskId partitionKey sizeBytes uri codeVersion metadata materializedAt
      inputs { asset { key } version resolution materialization { version } } } } } }`,
    { key },
  )
  return asset.materializations.nodes
}

async function assetOf(key: string): Promise<Record<string, unknown>> {
  type Data = { asset: Record<string, unknown> }
  const { asset } = await server.query<Data, object>(
    'query ($key: String!) { asset(namespace: "lake", key: $key) { kind description tags owners retiredAt } }',
    { key },
  )
  return asset
}

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

  test('a run that would make more than one transaction can hold is refused, and only it', async () => {
    const many = (name: string, count: number) =>
      Array.from({ length: count }, (_, at) => dataset(`${name}/${at}`))
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
    expect(await countRows(server)).toMatchObject({ assets: 1, materializations: 1 })
    expect(await server.database.sql('SELECT run_id FROM run')).toEqual([{ run_id: 'run-2' }])
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

describe('an event is told as', () => {
  test('a materialization, with all that its facets say of it', async () => {
    await sendEvents(server, [
      runEvent('etl.daily.load', 'run-9', 'START', '2026-03-01T10:00:00.123456+02:00', {
        inputs: [dataset('raw', { facets: { version: { datasetVersion: '41' } } })],
        runFacets: {
          parent: {
            run: { runId: 'p' },
            job: { namespace: 'jobs', name: 'etl.daily' },
            root: { run: { runId: 'r' }, job: { namespace: 'jobs', name: 'etl' } },
          },
          nominalTime: { nominalStartTime: '2026-03-01T00:00:00Z' },
        },
        jobFacets: { sourceCodeLocation: { type: 'git', url: 'https://example.com', version: 'abc' } },
      }),
      runEvent('etl.daily.load', 'run-9', 'RUNNING', '2026-03-01T08:01:00Z', {
        outputs: [dataset('clean', { outputFacets: { outputStatistics: { rowCount: 7, size: 1_234 } } })],
      }),
      runEvent('etl.daily.load', 'run-9', 'COMPLETE', '2026-03-01T08:02:00', {
        outputs: [
          dataset('clean', {
            facets: {
              version: { datasetVersion: '42' },
              datasetType: { datasetType: 'TABLE' },
              documentation: { description: 'Cleaned.' },
              tags: {
                tags: [
                  { key: 'tier', value: 'gold' },
                  { key: 'pii', value: 'yes', field: 'mail' },
                ],
              },
              ownership: { owners: [{ name: 'team:ocr', type: 'MAINTAINER' }] },
              schema: { fields: [{ name: 'id', type: 'int' }] },
            },
          }),
        ],
      }),
    ])
    expect(await historyOf('clean')).toEqual([
      {
        version: '42',
        jobId: 'jobs/etl.daily.load',
        dagId: 'etl',
        nodeTaskId: 'load',
        partitionKey: null,
        sizeBytes: 1234,
        uri: null,
        codeVersion: 'abc',
        materializedAt: '2026-03-01T08:02:00.000Z',
        metadata: expect.objectContaining({
          runId: 'run-9',
          producer: 'https://example.com/producer/1.0',
          rowCount: 7,
          nominalTime: { nominalStartTime: '2026-03-01T00:00:00Z' },
          schema: [{ name: 'id', type: 'int' }],
        }),
        inputs: [{ asset: { key: 'raw' }, version: '41', resolution: 'UNRESOLVED', materialization: null }],
      },
    ])
    expect(await assetOf('clean')).toEqual({
      kind: 'table',
      description: 'Cleaned.',
      tags: { tier: 'gold' },
      owners: ['team:ocr'],
      retiredAt: null,
    })
  })

  test('one materialization a partition, where the run lists what it wrote', async () => {
    const outputCondition = {
      type: 'partition',
      partitions: [{ dimensions: { hour: '03', day: '2026-01-01' } }, { identifier: 'late' }],
    }
    await sendEvents(server, [
      complete({ outputs: [dataset('clean', { outputFacets: { subset: { outputCondition } } })] }),
    ])
    const made = await historyOf('clean')
    expect(made.map(({ partitionKey }) => partitionKey).sort()).toEqual(['day=2026-01-01/hour=03', 'late'])
  })

  test('what Airflow says of a node comes before what names say; kind and place follow from a URI', async () => {
    await sendEvents(server, [
      complete({
        outputs: [{ namespace: 's3://bucket/', name: '/a/b' }],
        runFacets: { airflow: { dag: { dag_id: 'the-dag' }, task: { task_id: 'the-task' } } },
      }),
    ])
    type Data = { asset: { kind: string; latestMaterialization: Made } }
    const { asset } = await server.query<Data, undefined>(
      '{ asset(namespace: "s3://bucket/", key: "/a/b") { kind latestMaterialization { dagId nodeTaskId uri version } } }',
    )
    expect(asset).toEqual({
      kind: 's3',
      latestMaterialization: {
        dagId: 'the-dag',
        nodeTaskId: 'the-task',
        uri: 's3://bucket/a/b',
        version: 'run:run-1',
      },
    })
  })

  test('nothing made, where a run has failed', async () => {
    const failed = (type: string, id: string) =>
      runEvent('dag.task', id, type, minute(2), { inputs: [dataset('raw')], outputs: [dataset('clean')] })
    await sendEvents(server, [failed('FAIL', '1'), failed('ABORT', '2'), failed('START', '3')])
    expect(await countRows(server)).toMatchObject({ assets: 2, materializations: 0, edges: 0 })
  })

  test('a stream is made as long as it runs', async () => {
    const jobFacets = { jobType: { processingType: 'STREAMING', integration: 'FLINK' } }
    const running = (at: number) =>
      runEvent('stream', '1', 'RUNNING', minute(at), {
        jobFacets,
        inputs: [dataset('topic')],
        outputs: [dataset('sink')],
      })
    await sendEvents(server, [running(1), running(5), running(3)])
    expect((await historyOf('sink')).map(({ materializedAt }) => materializedAt)).toEqual([minute(5)])
    const { edges } = await server
      .query<{ lineage: { edges: { firstSeenAt: string; lastSeenAt: string }[] } }, undefined>(
        '{ lineage(root: { namespace: "lake", key: "sink" }, direction: UPSTREAM) { edges { firstSeenAt lastSeenAt } } }',
      )
      .then(({ lineage }) => lineage)
    expect(edges).toEqual([{ firstSeenAt: minute(1), lastSeenAt: minute(5) }])
  })

  test('made from what was there when its run started, where no version is said', async () => {
    const raw = (run: string, at: number) =>
      runEvent('make-raw', run, 'COMPLETE', minute(at), { outputs: [dataset('raw')] })
    await sendEvents(server, [
      raw('old', 1),
      runEvent('dag.task', 'run-1', 'START', minute(2)),
      raw('new', 3),
      runEvent('dag.task', 'run-1', 'COMPLETE', minute(4), {
        inputs: [dataset('raw')],
        outputs: [dataset('clean')],
      }),
    ])
    const [made] = await historyOf('clean')
    expect(made?.inputs).toEqual([
      {
        asset: { key: 'raw' },
        version: 'run:old',
        resolution: 'INFERRED',
        materialization: { version: 'run:old' },
      },
    ])
    type Data = { asset: { latestMaterialization: { consumers: { totalCount: number } } } }
    const { asset } = await server.query<Data, undefined>(
      '{ asset(namespace: "lake", key: "raw") { latestMaterialization { consumers { totalCount } } } }',
    )
    expect(asset.latestMaterialization.consumers.totalCount).toBe(0)
  })

  test('edges that a lineage facet names, and no others', async () => {
    const entry = (name: string, input: string) => ({
      namespace: 'lake',
      name,
      inputs: [{ namespace: 'lake', name: input }],
    })
    await sendEvents(server, [
      complete({
        inputs: [dataset('a'), dataset('b')],
        outputs: [dataset('x'), dataset('y')],
        jobFacets: { lineage: { entries: [entry('x', 'a'), entry('y', 'b')] } },
      }),
    ])
    const answer = await walk(server, { namespace: 'lake', key: 'a' }, { direction: 'DOWNSTREAM' })
    expect(edgeNames(answer.edges)).toEqual(['a>x'])
  })

  test('an edge to what only its columns are made from', async () => {
    const columnLineage = {
      fields: { id: { inputFields: [{ namespace: 'lake', name: 'hidden', field: 'id' }] } },
    }
    await sendEvents(server, [
      complete({ inputs: [], outputs: [dataset('clean', { facets: { columnLineage } })] }),
    ])
    expect((await historyOf('clean'))[0]?.inputs.map(({ asset }) => asset.key)).toEqual(['hidden'])
  })

  test('an edge that nothing has made yet, of a job; a description, of a dataset', async () => {
    const { eventType: _type, run: _run, ...job } = complete()
    const { inputs: _in, outputs: _out, job: _job, ...rest } = job
    await sendEvents(server, [
      job,
      { ...rest, dataset: dataset('raw', { facets: { documentation: { description: 'As it came.' } } }) },
    ])
    expect(await countRows(server)).toMatchObject({ materializations: 0, edges: 1 })
    expect(await assetOf('raw')).toMatchObject({ description: 'As it came.' })
  })

  test('a dataset dropped, until it is written again', async () => {
    const lifecycleStateChange = { lifecycleStateChange: 'DROP' }
    await sendEvents(server, [
      complete(),
      runEvent('cleanup', '1', 'COMPLETE', minute(5), {
        outputs: [dataset('clean', { facets: { lifecycleStateChange } })],
      }),
    ])
    expect(await assetOf('clean')).toMatchObject({ retiredAt: minute(5) })
    expect(await historyOf('clean')).toHaveLength(1)
    await sendEvents(server, [
      runEvent('dag.task', 'run-2', 'COMPLETE', minute(6), { outputs: [dataset('clean')] }),
    ])
    expect(await assetOf('clean')).toMatchObject({ retiredAt: null })
  })
})

test('an asset recorded by a mutation and one that an event names are one', async () => {
  await record(server, {
    jobId: 'py',
    materializedAt: minute(1),
    assets: [{ namespace: 'lake', key: 'raw', version: 'v1' }],
  })
  await sendEvents(server, [complete()])
  const answer = await walk(server, { namespace: 'lake', key: 'clean' }, { direction: 'UPSTREAM' })
  expect(edgeNames(answer.edges)).toEqual(['raw>clean'])
  expect((await historyOf('clean'))[0]?.inputs).toMatchObject([{ materialization: { version: 'v1' } }])
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
