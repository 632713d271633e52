import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { clear, countRows } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
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

test('of owners and tags as many are taken as a mutation may state', async () => {
  const owners = Array.from({ length: 150 }, (_, at) => ({ name: `owner-${at}` }))
  const tags = Array.from({ length: 300 }, (_, at) => ({ key: `tag-${at}`, value: 'x'.repeat(1_000) }))
  await sendEvents(server, [
    complete({ outputs: [dataset('clean', { facets: { ownership: { owners }, tags: { tags } } })] }),
  ])
  const { owners: kept, tags: labels } = (await assetOf('clean')) as { owners: string[]; tags: object }
  expect(kept).toEqual(owners.slice(0, 100).map(({ name }) => name))
  expect(Object.keys(labels).slice(0, 2)).toEqual(['tag-0', 'tag-1'])
  expect(Object.keys(labels).length).toBeGreaterThan(200)
  expect(JSON.stringify(labels).length).toBeLessThanOrEqual(256 * 1024)
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

  test('what it is, where a facet is not as the specification has it', async () => {
    const outputFacets = { outputStatistics: { size: 1e300, rowCount: -1, fileCount: 'x' }, subset: 'all' }
    const nameless = { namespace: '', name: '' }
    const facets = {
      ...{ schema: { fields: 'none' }, tags: { tags: [{}] }, ownership: [], version: { datasetVersion: '' } },
      lineage: { inputs: [nameless] },
      columnLineage: { fields: { id: { inputFields: [{ ...nameless, field: 'id' }] } } },
    }
    await sendEvents(server, [complete({ outputs: [dataset('clean', { facets, outputFacets })] })])
    expect(await historyOf('clean')).toMatchObject([
      { version: 'run:run-1', sizeBytes: null, partitionKey: null },
    ])
    expect(await assetOf('clean')).toMatchObject({ tags: {}, owners: [] })
    // Nothing is made from what has no name.
    expect((await historyOf('clean'))[0]?.inputs.map(({ asset }) => asset.key)).toEqual(['raw'])
    expect(await countRows(server)).toMatchObject({ assets: 2 })
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
