import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  RunChildrenDocument,
  RunDatasetsDocument,
  RunDocument,
  type RunFilter,
  RunMaterializationsDocument,
  RunsDocument,
} from '../../schema/operations.generated.js'
import { dataset, type RunEvent, runEvent, sendEvents } from '../harness/lineage-events.js'
import { sentBy } from '../harness/plans.js'
import { minute, record, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  // Statements are counted: the graph is to send none of its own.
  server = await startTestServer({ variables: { HEADWATER_GRAPH_POLL_MS: '600000' } })
})
afterAll(() => server[Symbol.asyncDispose]())

const refOf = (jobName: string, runId: string) => ({ jobNamespace: 'jobs', jobName, runId })
const runNamed = async (jobName: string, runId: string) =>
  (await server.query(RunDocument, { ref: refOf(jobName, runId) })).run
const madeBy = async (jobName: string, runId: string) => {
  const { run } = await server.query(RunMaterializationsDocument, { ref: refOf(jobName, runId) })
  return run?.materializations.nodes
}
const runs = async (filter: RunFilter, first?: number, after?: string | null) =>
  (await server.query(RunsDocument, { filter, first: first ?? null, after: after ?? null })).runs
const idsOf = ({ nodes }: { nodes: { runId: string }[] }) => nodes.map(({ runId }) => runId)
/** The facet by which a run names its parent and the root of both. */
const under = (parent: [job: string, runId: string], root?: [job: string, runId: string]) => {
  const named = ([name, runId]: [string, string]) => ({ job: { namespace: 'jobs', name }, run: { runId } })
  return { parent: { ...named(parent), ...(root === undefined ? {} : { root: named(root) }) } }
}

describe('a run', () => {
  test('answers with all that its events say, each in whatever event', async () => {
    const dag = unique('dag')
    const job = `${dag}.load`
    await sendEvents(server, [
      runEvent(job, 'r1', 'START', minute(1), {
        runFacets: {
          nominalTime: { nominalStartTime: minute(0), nominalEndTime: minute(60) },
          ...under([dag, 'd1'], ['all', 'a1']),
        },
        inputs: [dataset(`${dag}/raw`)],
      }),
      runEvent(job, 'r1', 'COMPLETE', minute(5), {
        inputs: [dataset(`${dag}/a`)],
        outputs: [dataset(`${dag}/clean`)],
      }),
    ])
    const run = await runNamed(job, 'r1')
    expect(run).toEqual({
      id: expect.any(String),
      jobNamespace: 'jobs',
      jobName: job,
      runId: 'r1',
      state: 'COMPLETED',
      begunAt: minute(1),
      startedAt: minute(1),
      endedAt: minute(5),
      nominalStartAt: minute(0),
      nominalEndAt: minute(60),
      errorMessage: null,
      parent: { ...refOf(dag, 'd1'), run: null },
      root: { ...refOf('all', 'a1'), run: null },
      dagId: 'all',
      nodeTaskId: 'load',
    })
    const datasets = await server.query(RunDatasetsDocument, { ref: refOf(job, 'r1') })
    expect(datasets.run?.inputs.nodes.map(({ key }) => key)).toEqual([`${dag}/a`, `${dag}/raw`])
    expect(datasets.run?.outputs.nodes).toEqual([
      { namespace: 'lake', key: `${dag}/clean`, kind: expect.any(String) },
    ])
    const [made, ...others] = (await madeBy(job, 'r1')) ?? []
    expect(others).toEqual([])
    expect(made).toMatchObject({
      asset: { namespace: 'lake', key: `${dag}/clean` },
      version: 'run:r1',
      jobId: `jobs/${job}`,
      dagId: 'all',
      nodeTaskId: 'load',
      materializedAt: minute(5),
    })
    const back = await server.query(
      `query ($id: ID!, $run: ID!) { materialization(id: $id) { run { id } } node(id: $run) { __typename id ... on Run { runId } } }`,
      { id: made?.id, run: run?.id },
    )
    expect(back).toEqual({
      materialization: { run: { id: run?.id } },
      node: { __typename: 'Run', id: run?.id, runId: 'r1' },
    })
  })

  test('is in the state that the furthest of its events says, with the times of those that came', async () => {
    const job = unique('job')
    const one = (runId: string, type: string | undefined) => {
      const { eventType, ...event } = runEvent(job, runId, type ?? '', minute(3))
      return type === undefined ? event : { ...event, eventType }
    }
    const types = [undefined, 'OTHER', 'START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT']
    await sendEvents(
      server,
      types.map((type) => one(type ?? 'none', type)),
    )
    const stateOf = async (runId: string) => {
      const run = await runNamed(job, runId)
      return [run?.state, run?.begunAt, run?.startedAt, run?.endedAt]
    }
    expect(await stateOf('none')).toEqual(['UNKNOWN', minute(3), null, null])
    expect(await stateOf('OTHER')).toEqual(['UNKNOWN', minute(3), null, null])
    expect(await stateOf('START')).toEqual(['STARTED', minute(3), minute(3), null])
    expect(await stateOf('RUNNING')).toEqual(['RUNNING', minute(3), null, null])
    expect(await stateOf('COMPLETE')).toEqual(['COMPLETED', minute(3), null, minute(3)])
    expect(await stateOf('FAIL')).toEqual(['FAILED', minute(3), null, minute(3)])
    expect(await stateOf('ABORT')).toEqual(['ABORTED', minute(3), null, minute(3)])
    await sendEvents(server, [runEvent(job, 'COMPLETE', 'START', minute(1))])
    expect(await stateOf('COMPLETE')).toEqual(['COMPLETED', minute(1), minute(1), minute(3)])
  })

  test.each([
    ['FAIL', 'FAILED'],
    ['ABORT', 'ABORTED'],
  ])(
    'that ends with %s is visible, with its error, what it read and what it would have made; it makes nothing',
    async (type, state) => {
      const job = unique('job')
      const datasets = { inputs: [dataset(`${job}/in`)], outputs: [dataset(`${job}/out`)] }
      await sendEvents(server, [
        runEvent(job, 'r', 'START', minute(1), datasets),
        runEvent(job, 'r', type, minute(2), {
          runFacets: { errorMessage: { message: 'out of memory', programmingLanguage: 'JAVA' } },
        }),
      ])
      expect(await runs({ jobNamespace: 'jobs', jobName: job })).toMatchObject({
        totalCount: 1,
        nodes: [{ state, errorMessage: 'out of memory', startedAt: minute(1), endedAt: minute(2) }],
      })
      expect(await madeBy(job, 'r')).toEqual([])
      const { run } = await server.query(RunDatasetsDocument, { ref: refOf(job, 'r') })
      expect([run?.inputs.nodes, run?.outputs.nodes]).toMatchObject([
        [{ key: `${job}/in` }],
        [{ key: `${job}/out` }],
      ])
      expect(
        await server.query(
          `{ asset(namespace: "lake", key: "${job}/out") { latestMaterialization { id } upstream { totalCount } } }`,
        ),
      ).toEqual({ asset: { latestMaterialization: null, upstream: { totalCount: 0 } } })
    },
  )

  test('names its parent and its root before these report, and has them when they have', async () => {
    const [root, dag, task] = [unique('root'), unique('dag'), unique('task')]
    const facets = under([dag, 'd'], [root, 'r'])
    await sendEvents(server, [runEvent(task, 't', 'START', minute(2), { runFacets: facets })])
    const named = { parent: refOf(dag, 'd'), root: refOf(root, 'r') }
    expect(await runNamed(task, 't')).toMatchObject({
      parent: { ...named.parent, run: null },
      root: { ...named.root, run: null },
    })
    expect(await runNamed(dag, 'd')).toBeNull()
    expect(idsOf(await runs({ parent: named.parent }))).toEqual(['t'])

    await sendEvents(server, [
      runEvent(dag, 'd', 'START', minute(1), { runFacets: under([root, 'r'], [root, 'r']) }),
      runEvent(root, 'r', 'FAIL', minute(3)),
    ])
    const [parent, top] = [await runNamed(dag, 'd'), await runNamed(root, 'r')]
    expect(await runNamed(task, 't')).toMatchObject({
      parent: { run: { id: parent?.id, state: 'STARTED' } },
      root: { run: { id: top?.id, state: 'FAILED' } },
    })
    const childrenOf = async (job: string, runId: string) => {
      const { run } = await server.query(RunChildrenDocument, { ref: refOf(job, runId) })
      return run === null || run === undefined ? [] : idsOf(run.children)
    }
    expect(await childrenOf(root, 'r')).toEqual(['d'])
    expect(await childrenOf(dag, 'd')).toEqual(['t'])
    expect(await childrenOf(task, 't')).toEqual([])
    expect([parent?.parent, top?.parent]).toMatchObject([refOf(root, 'r'), null])
  })

  test('that streams has made something while it runs, and the same materialization when it ends', async () => {
    const job = unique('job')
    const stream = {
      jobFacets: { jobType: { processingType: 'STREAMING', integration: 'FLINK' } },
      outputs: [dataset(`${job}/out`)],
    }
    await sendEvents(server, [runEvent(job, 'r', 'START', minute(1), stream)])
    expect(await madeBy(job, 'r')).toEqual([])
    await sendEvents(server, [runEvent(job, 'r', 'RUNNING', minute(2), stream)])
    const [running] = (await madeBy(job, 'r')) ?? []
    expect(running?.materializedAt).toBe(minute(2))
    await sendEvents(server, [runEvent(job, 'r', 'COMPLETE', minute(3), stream)])
    expect(await madeBy(job, 'r')).toEqual([{ ...running, materializedAt: minute(3) }])
    await sendEvents(server, [
      runEvent(job, 'fails', 'RUNNING', minute(4), stream),
      runEvent(job, 'fails', 'FAIL', minute(5), stream),
    ])
    expect(await madeBy(job, 'fails')).toMatchObject([{ materializedAt: minute(4) }])
  })

  test('of what was recorded by mutation there is none', async () => {
    const { materializations } = await record(server, { assets: [{ key: unique('made') }] })
    const id = materializations[0]?.id
    expect(
      await server.query('query ($id: ID!) { materialization(id: $id) { run { id } } }', { id }),
    ).toEqual({ materialization: { run: null } })
  })
})

describe('the list of runs', () => {
  test('comes newest first, narrowed by each filter and by several', async () => {
    const [one, other, dag] = [unique('one'), unique('other'), unique('dag')]
    await sendEvents(server, [
      runEvent(`${dag}.${one}`, 'r1', 'COMPLETE', minute(1)),
      runEvent(`${dag}.${one}`, 'r2', 'FAIL', minute(2), { runFacets: under([dag, 'd1']) }),
      runEvent(`${dag}.${other}`, 'r3', 'FAIL', minute(3), { runFacets: under([dag, 'd1']) }),
      runEvent(`${dag}.${other}`, 'r4', 'RUNNING', minute(4), { runFacets: under([dag, 'd2']) }),
      { ...runEvent(one, 'r5', 'COMPLETE', minute(5)), job: { namespace: dag, name: one } },
    ])
    const found = async (filter: RunFilter) => {
      const { nodes, totalCount } = await runs(filter)
      expect(totalCount).toBe(nodes.length)
      return idsOf({ nodes })
    }
    const jobNamespace = 'jobs'
    expect(await found({ dagId: dag })).toEqual(['r4', 'r3', 'r2', 'r1'])
    expect(await found({ jobNamespace, jobName: `${dag}.${one}` })).toEqual(['r2', 'r1'])
    expect(await found({ jobNamespace: dag })).toEqual(['r5'])
    expect(await found({ dagId: dag, state: 'FAILED' })).toEqual(['r3', 'r2'])
    expect(await found({ dagId: dag, since: minute(2) })).toEqual(['r4', 'r3', 'r2'])
    expect(await found({ dagId: dag, until: minute(2) })).toEqual(['r1'])
    expect(await found({ dagId: dag, since: minute(2), until: minute(4) })).toEqual(['r3', 'r2'])
    expect(await found({ parent: refOf(dag, 'd1') })).toEqual(['r3', 'r2'])
    expect(await found({ parent: refOf(dag, 'd1'), jobNamespace, jobName: `${dag}.${other}` })).toEqual([
      'r3',
    ])
    expect(await found({ parent: refOf(dag, 'd3') })).toEqual([])
    expect(await found({ dagId: dag, state: 'ABORTED' })).toEqual([])
  })

  test('comes in pages that hold each once, over equal times and while others report', async () => {
    const job = unique('job')
    const filter = { jobNamespace: 'jobs', jobName: job }
    const start = (runId: string, at: number) => runEvent(job, runId, 'START', minute(at))
    await sendEvents(
      server,
      [1, 2, 2, 2, 2, 3].map((at, place) => start(`${place} at ${at}`, at)),
    )
    const whole = await runs(filter)
    const pages = [await runs(filter, 2)]
    while (pages.at(-1)?.pageInfo.hasNextPage) {
      await sendEvents(server, [start(`newer than ${pages.length}`, 9)])
      pages.push(await runs(filter, 2, pages.at(-1)?.pageInfo.endCursor ?? null))
    }
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual(whole.nodes)
    expect(whole.nodes.map(({ begunAt }) => begunAt)).toEqual([3, 2, 2, 2, 2, 1].map(minute))
    expect(pages.map(({ totalCount }) => totalCount)).toEqual([6, 7, 8])
  })
})

test('the lists of a run come in pages that hold each once, while events add to them', async () => {
  const [dag, job] = [unique('dag'), unique('job')]
  const keys = Array.from({ length: 7 }, (_, at) => `${job}/${at}`)
  const names = keys.map((key) => dataset(key))
  // The last is above U+FFFF, and comes last by code point alone.
  const outputs = [...keys, `${job}/\u{e000}`, `${job}/\u{1f600}`]
  await sendEvents(server, [
    runEvent(dag, 'd', 'START', minute(0)),
    runEvent(job, 'r', 'COMPLETE', minute(1), {
      inputs: names.toReversed(),
      outputs: outputs.toReversed().map((key) => dataset(key)),
    }),
    ...keys.map((key, at) =>
      runEvent(key, `child ${at}`, 'START', minute(1 + (at >> 1)), { runFacets: under([dag, 'd']) }),
    ),
  ])
  interface Page {
    nodes: { id: string; key?: string }[]
    totalCount: number
    pageInfo: { hasNextPage: boolean; endCursor: string }
  }
  const page = async (ref: object, list: string, first: number, after: string | null) => {
    const { run } = await server.query<{ run: { list: Page } }, object>(
      `query ($ref: RunRef!, $first: Int, $after: String) { run(ref: $ref) { list: ${list}(first: $first, after: $after) {
        nodes { id ${list.endsWith('puts') ? 'key' : ''} } totalCount pageInfo { hasNextPage endCursor } } } }`,
      { ref, first, after },
    )
    return run.list
  }
  const pagesOf = async (ref: object, list: string, meanwhile: RunEvent[] = []) => {
    const pages = [await page(ref, list, 2, null)]
    await sendEvents(server, meanwhile)
    while (pages.at(-1)?.pageInfo.hasNextPage)
      pages.push(await page(ref, list, 2, pages.at(-1)?.pageInfo.endCursor ?? null))
    return pages
  }
  const dagRef = refOf(dag, 'd')
  const ref = refOf(job, 'r')
  for (const [of, list, length] of [
    [dagRef, 'children', 7],
    [ref, 'materializations', 9],
    [ref, 'outputs', 9],
  ] as const) {
    const pages = await pagesOf(of, list)
    const whole = await page(of, list, 1_000, null)
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual(whole.nodes)
    expect([list, whole.nodes.length, whole.totalCount]).toEqual([list, length, length])
    if (list === 'outputs') expect(whole.nodes.map(({ key }) => key)).toEqual(outputs)
  }
  const before = dataset(`${job}/!`)
  const between = dataset(`${job}/5 and a half`)
  const pages = await pagesOf(ref, 'inputs', [
    runEvent(job, 'r', 'OTHER', minute(2), { inputs: [before, between] }),
  ])
  const shown = pages.flatMap(({ nodes }) => nodes.map(({ key }) => key))
  expect(shown).toEqual([...keys.slice(0, 6), between.name, ...keys.slice(6)])
  expect(pages.map(({ totalCount }) => totalCount)).toEqual([7, 9, 9, 9])
})

test('however many runs a list has, their fields take no more statements', async () => {
  const dag = unique('dag')
  const events = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) =>
      runEvent(`${dag}.${from + at}`, 'r', 'COMPLETE', minute(from + at), {
        runFacets: under([dag, `d${(from + at) % 3}`], [dag, 'd0']),
        inputs: [dataset(`${dag}/${from + at}`)],
        outputs: [dataset(`${dag}/${from + at + 1}`), dataset(`${dag}/of ${from + at}`)],
      }),
    )
  await sendEvents(server, [
    ...[0, 1, 2].map((at) =>
      runEvent(dag, `d${at}`, 'START', minute(0), { runFacets: { airflow: { dag: { dag_id: dag } } } }),
    ),
    ...events(0, 2),
  ])
  const ask = () =>
    server.query(`{ runs(filter: { dagId: "${dag}" }, first: 100) { totalCount nodes {
      parent { run { id children(first: 3) { totalCount nodes { id } } } } root { run { state } }
      children { totalCount } inputs { nodes { key } } outputs { nodes { key } totalCount }
      materializations(first: 5) { totalCount nodes { asset { key } run { runId } } } } } }`)
  // Which level asks first for what others ask for too is a matter of time, so their number may be less.
  const most = 16
  expect((await sentBy(ask)).length).toBeLessThanOrEqual(most)
  await sendEvents(server, events(2, 2 * most))
  expect((await sentBy(ask)).length).toBeLessThanOrEqual(most)
})
