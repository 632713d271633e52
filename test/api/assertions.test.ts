import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  asserted,
  asserting,
  CHECK_FIELDS,
  type CheckAnswer,
  checksByVersion,
  checksOfAsset,
  testRun,
} from '../harness/assertions.js'
import { clear } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const make = (version: string, at: number, rest: { partitionKey?: string; dagId?: string } = {}) =>
  record(server, {
    jobId: 'py',
    materializedAt: minute(at),
    ...rest,
    assets: [{ namespace: 'lake', key: 'orders', version }],
  })

const NOT_NULL = { assertion: 'not_null', column: 'amount', success: true }
const FRESH = { assertion: 'freshness', success: false }

interface Data {
  asset: { materializations: { nodes: { version: string; partitionKey: string | null }[] } }
}

/** Which checks each materialization of `orders` has, by version. */
async function namesByVersion(): Promise<Record<string, string[]>> {
  const checks = await checksByVersion(server, 'orders')
  for (const { nodes, totalCount } of Object.values(checks)) expect(totalCount).toBe(nodes.length)
  return Object.fromEntries(
    Object.entries(checks).map(([version, { nodes }]) => [
      version,
      nodes.map(({ name, status }) => `${name} ${status}`).sort(),
    ]),
  )
}

describe('an assertion is told as', () => {
  test('a check result of what its run used: on the materialization, on the asset and by its id', async () => {
    await make('v1', 1)
    await sendEvents(server, [
      runEvent('dbt.test', 'run-1', 'START', minute(2)),
      runEvent('dbt.test', 'run-1', 'COMPLETE', minute(3), {
        inputs: [
          asserted('orders', NOT_NULL, {
            assertion: 'expect_row_count',
            success: false,
            severity: 'Warn',
            name: 'enough rows',
            expected: '>= 10',
            actual: 7,
          }),
        ],
      }),
    ])
    const run = { jobNamespace: 'jobs', jobName: 'dbt.test', runId: 'run-1' }
    const [checks, byVersion] = await Promise.all([
      checksOfAsset(server, 'orders'),
      checksByVersion(server, 'orders'),
    ])
    const common = {
      id: expect.any(String),
      checkedAt: minute(3),
      materialization: { version: 'v1', partitionKey: null },
    }
    expect(checks.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      {
        ...common,
        name: 'enough rows',
        status: 'FAILED',
        severity: 'WARN',
        details: { assertion: 'expect_row_count', expected: '>= 10', actual: 7, ...run },
      },
      {
        ...common,
        name: 'not_null(amount)',
        status: 'PASSED',
        severity: 'ERROR',
        details: { assertion: 'not_null', column: 'amount', ...run },
      },
    ])
    expect(byVersion['v1']).toMatchObject({ nodes: checks.nodes, totalCount: 2 })
    for (const check of checks.nodes) {
      const { node } = await server.query<{ node: CheckAnswer }, object>(
        `query ($id: ID!) { node(id: $id) { __typename ... on CheckResult { ${CHECK_FIELDS} } } }`,
        { id: check.id },
      )
      expect(node).toEqual({ __typename: 'CheckResult', ...check })
    }
  })

  test('the same, where the facet is among those of the dataset itself', async () => {
    await make('v1', 1)
    await sendEvents(server, [testRun('1', minute(2), dataset('orders', { facets: asserting(NOT_NULL) }))])
    expect(await namesByVersion()).toEqual({ v1: ['not_null(amount) PASSED'] })
  })

  test('a check of its own, also where others have its name', async () => {
    await make('v1', 1)
    await sendEvents(server, [
      testRun('1', minute(2), asserted('orders', FRESH, FRESH, { ...FRESH, success: true })),
    ])
    expect(await namesByVersion()).toEqual({
      v1: ['freshness FAILED', 'freshness FAILED', 'freshness PASSED'],
    })
    const { nodes } = await checksOfAsset(server, 'orders')
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(3)
  })

  test('nothing, where it is not as the specification has it', async () => {
    await make('v1', 1)
    const bad = [{ assertion: 'x' }, { success: true }, { assertion: 'x', success: 'yes' }, 'x', null]
    await sendEvents(server, [
      testRun(
        '1',
        minute(2),
        asserted('orders', ...(bad as object[] as Record<string, unknown>[]), NOT_NULL),
      ),
      testRun('2', minute(2), dataset('orders', { inputFacets: { dataQualityAssertions: 'all' } })),
      testRun('3', minute(2), asserted('orders')),
    ])
    expect(await namesByVersion()).toEqual({ v1: ['not_null(amount) PASSED'] })
  })

  test('a check within its bounds: names keep their beginning, details what has room', async () => {
    await make('v1', 1)
    const long = { assertion: 'a'.repeat(600), success: true }
    const large = {
      ...FRESH,
      expected: 'x'.repeat(300_000),
      actual: { rows: [1, '\0'] },
      severity: 7,
      column: '',
    }
    await sendEvents(server, [testRun('1', minute(2), asserted('orders', long, large))])
    const { nodes } = await checksOfAsset(server, 'orders')
    expect(nodes.map(({ name }) => name).sort()).toEqual([
      expect.stringMatching(/^a{495}~[0-9a-f]{16}$/),
      'freshness',
    ])
    expect(nodes.find(({ name }) => name === 'freshness')).toMatchObject({
      severity: 'ERROR',
      details: { assertion: 'freshness', actual: '{"rows":[1,"\\u0000"]}', omitted: ['expected'] },
    })
  })
})

describe('what was checked is', () => {
  test('what the run used: the latest at its start, however late that arrives', async () => {
    await sendEvents(server, [
      runEvent('dbt.test', '1', 'START', minute(5)),
      runEvent('dbt.test', '1', 'COMPLETE', minute(9), { inputs: [asserted('orders', FRESH)] }),
    ])
    expect(await checksOfAsset(server, 'orders')).toMatchObject({ nodes: [], totalCount: 0 })
    await make('after', 6)
    expect(await checksOfAsset(server, 'orders')).toMatchObject({ nodes: [], totalCount: 0 })
    expect(await namesByVersion()).toEqual({ after: [] })
    await make('before', 1)
    expect(await namesByVersion()).toEqual({ after: [], before: ['freshness FAILED'] })
    const [check] = (await checksOfAsset(server, 'orders')).nodes
    await make('at its start', 5)
    expect(await namesByVersion()).toEqual({ after: [], before: [], 'at its start': ['freshness FAILED'] })
    // It is the same check, of something else.
    expect((await checksOfAsset(server, 'orders')).nodes).toEqual([
      { ...check, materialization: { version: 'at its start', partitionKey: null } },
    ])
    await sendEvents(server, [runEvent('dbt.test', '1', 'START', minute(2))])
    expect(await namesByVersion()).toEqual({ after: [], before: ['freshness FAILED'], 'at its start': [] })
  })

  test('nothing that is known by an id, as long as it is not there', async () => {
    await sendEvents(server, [testRun('1', minute(5), asserted('orders', FRESH))])
    await make('v1', 1)
    const [check] = (await checksOfAsset(server, 'orders')).nodes
    await server.database.sql('DELETE FROM materialization')
    const { node } = await server.query<{ node: null }, object>('query ($id: ID!) { node(id: $id) { id } }', {
      id: check?.id,
    })
    expect(node).toBeNull()
  })

  test('the version that the run names, also one of after its start', async () => {
    await make('v1', 1)
    await make('v2', 2)
    const use = (datasetVersion: string) =>
      dataset('orders', { facets: { version: { datasetVersion } }, inputFacets: asserting(FRESH) })
    await sendEvents(server, [testRun('1', minute(3), use('v1')), testRun('2', minute(3), use('v3'))])
    expect(await namesByVersion()).toEqual({ v1: ['freshness FAILED'], v2: [] })
    await make('v3', 7)
    await make('v3', 8, { partitionKey: 'p' })
    expect(await namesByVersion()).toEqual({
      v1: ['freshness FAILED'],
      v2: [],
      v3: ['freshness FAILED'],
      'v3 p': [],
    })
  })

  test('the partition that the run names', async () => {
    await make('v1', 1, { partitionKey: 'p' })
    await make('v2', 2, { partitionKey: 'q' })
    const subset = { inputCondition: { type: 'partition', partitions: [{ identifier: 'p' }] } }
    await sendEvents(server, [
      testRun('1', minute(3), dataset('orders', { inputFacets: { subset, ...asserting(FRESH) } })),
      testRun('2', minute(3), asserted('orders', NOT_NULL)),
    ])
    expect(await namesByVersion()).toEqual({
      'v1 p': ['freshness FAILED'],
      'v2 q': ['not_null(amount) PASSED'],
    })
  })

  test('what the same DAG run made, though another made something since', async () => {
    await make('ours', 1, { dagId: 'tests' })
    await make('theirs', 2, { dagId: 'other' })
    await sendEvents(server, [testRun('1', minute(3), asserted('orders', FRESH))])
    expect(await namesByVersion()).toEqual({ ours: ['freshness FAILED'], theirs: [] })
  })

  test('what the run made itself, once it has, and nothing where it fails', async () => {
    await make('before', 1)
    const event = (run: string, type: string, at: number) =>
      runEvent('dag.load', run, type, minute(at), {
        inputs: [dataset('raw'), asserted('orders', FRESH)],
        outputs: [dataset('orders')],
      })
    await sendEvents(server, [event('1', 'RUNNING', 2), event('2', 'RUNNING', 3), event('2', 'FAIL', 4)])
    expect(await namesByVersion()).toEqual({ before: [] })
    await sendEvents(server, [event('1', 'COMPLETE', 5)])
    expect(await namesByVersion()).toEqual({ before: [], 'run:1': ['freshness FAILED'] })
    expect((await checksOfAsset(server, 'orders')).totalCount).toBe(1)
  })

  test('what the run made, where the facet is of its output; of several partitions the one used, else the latest', async () => {
    const partitions = (side: string, ...identifiers: string[]) => ({
      subset: {
        [side]: { type: 'partition', partitions: identifiers.map((identifier) => ({ identifier })) },
      },
    })
    const made = (...names: string[]) =>
      dataset('orders', { facets: asserting(FRESH), outputFacets: partitions('outputCondition', ...names) })
    const used = dataset('orders', { inputFacets: partitions('inputCondition', 'c') })
    await sendEvents(server, [
      runEvent('dag.load', '1', 'COMPLETE', minute(2), { outputs: [made('a', 'b')] }),
      runEvent('dag.load', '2', 'COMPLETE', minute(3), { outputs: [made('c', 'd')], inputs: [used] }),
      runEvent('dag.load', '3', 'COMPLETE', minute(4), { outputs: [made('f')] }),
      runEvent('dag.load', '3', 'OTHER', minute(1), { outputs: [made('e')] }),
    ])
    const { asset } = await server.query<Data, undefined>(
      '{ asset(namespace: "lake", key: "orders") { materializations { nodes { version partitionKey } } } }',
    )
    const newestFirst = asset.materializations.nodes.map(
      ({ version, partitionKey }) => `${version} ${partitionKey}`,
    )
    const latestOf = (run: string) => newestFirst.find((name) => name.startsWith(`run:${run} `)) ?? ''
    expect(Object.entries(await namesByVersion()).filter(([, names]) => names.length > 0)).toEqual([
      [latestOf('3'), ['freshness FAILED']],
      ['run:2 c', ['freshness FAILED']],
      [latestOf('1'), ['freshness FAILED']],
    ])
  })

  test('the same by whatever name, and whenever it is known that two are of one asset', async () => {
    const symlink = { symlinks: { identifiers: [dataset('s3/orders')] } }
    const same = runEvent('crawler', '1', 'COMPLETE', minute(0), {
      outputs: [],
      inputs: [dataset('orders', { facets: symlink })],
    })
    const events = [
      runEvent('dag.load', '1', 'COMPLETE', minute(1), { outputs: [dataset('s3/orders')] }),
      testRun('2', minute(2), asserted('s3/orders', FRESH), asserted('orders', NOT_NULL)),
      // Makes it under one name, and asserts of it under the other.
      runEvent('dag.load', '3', 'COMPLETE', minute(3), {
        outputs: [dataset('orders')],
        inputs: [asserted('s3/orders', NOT_NULL)],
      }),
    ]
    for (const at of [0, 1, 2, 3]) {
      await clear(server)
      await sendEvents(server, events.toSpliced(at, 0, same))
      expect(await namesByVersion()).toEqual({
        'run:1': ['freshness FAILED', 'not_null(amount) PASSED'],
        'run:3': ['not_null(amount) PASSED'],
      })
      expect(await checksOfAsset(server, 's3/orders')).toEqual(await checksOfAsset(server, 'orders'))
    }
    // What is said later of a run whose asset has come to be another's is said of that.
    await sendEvents(server, [
      runEvent('tests.job', '2', 'RUNNING', minute(4), { inputs: [asserted('s3/orders')] }),
      runEvent('tests.job', '2', 'START', minute(0)),
    ])
    expect(await namesByVersion()).toEqual({ 'run:1': [], 'run:3': ['not_null(amount) PASSED'] })
  })

  test('what was there before, where the run drops it', async () => {
    await make('v1', 1)
    const lifecycleStateChange = { lifecycleStateChange: 'DROP' }
    await sendEvents(server, [
      runEvent('dag.clean', '1', 'COMPLETE', minute(2), {
        inputs: [asserted('orders', FRESH)],
        outputs: [dataset('orders', { facets: { lifecycleStateChange } })],
      }),
    ])
    expect(await namesByVersion()).toEqual({ v1: ['freshness FAILED'] })
  })
})

describe('of a run counts', () => {
  const said = (at: number, ...assertions: Record<string, unknown>[]) =>
    runEvent('dbt.test', '1', 'RUNNING', minute(at), { inputs: [asserted('orders', ...assertions)] })

  test('what it said last, whatever came last; a check keeps its id', async () => {
    await make('v1', 1)
    await sendEvents(server, [said(5, FRESH, NOT_NULL)])
    const before = (await checksOfAsset(server, 'orders')).nodes.find(({ name }) => name === 'freshness')
    await sendEvents(server, [
      said(4, { assertion: 'unique', success: false }),
      said(6, { ...FRESH, success: true }),
      said(5, FRESH, NOT_NULL),
      runEvent('dbt.test', '1', 'COMPLETE', minute(7), { inputs: [dataset('orders')] }),
    ])
    expect((await checksOfAsset(server, 'orders')).nodes).toEqual([
      { ...before, status: 'PASSED', checkedAt: minute(6) },
    ])
  })

  test('nothing, where it has taken back what it said', async () => {
    await make('v1', 1)
    const taken = runEvent('dbt.test', '1', 'RUNNING', minute(6), {
      inputs: [dataset('orders', { inputFacets: { dataQualityAssertions: { _deleted: true } } })],
    })
    await sendEvents(server, [said(5, FRESH), taken])
    expect(await namesByVersion()).toEqual({ v1: [] })
    await sendEvents(server, [said(7)])
    expect(await namesByVersion()).toEqual({ v1: [] })
    await sendEvents(server, [said(8, FRESH)])
    expect(await namesByVersion()).toEqual({ v1: ['freshness FAILED'] })
  })

  test('nothing that jobs and datasets say without a run', async () => {
    await make('v1', 1)
    const { run: _run, eventType: _type, inputs, ...job } = said(2, FRESH)
    const { job: _job, ...rest } = job
    await sendEvents(server, [
      { ...job, inputs },
      { ...rest, dataset: dataset('orders', { facets: asserting(FRESH) }) },
    ])
    expect(await namesByVersion()).toEqual({ v1: [] })
  })
})

test('what is asserted of a dataset may be ten thousand things, and no more, but where it is taken away', async () => {
  await make('v1', 1)
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ assertion: `a${at}`, success: true }))
  await sendEvents(server, [testRun('1', minute(2), asserted('orders', ...many(10_000)))])
  expect((await checksOfAsset(server, 'orders')).totalCount).toBe(10_000)
  const refused = async (side: 'inputs' | 'outputs', facets: string) => {
    const one = { ...dataset('orders'), [facets]: asserting(...many(10_001)) }
    const response = await fetch(`${server.url}/api/v1/lineage`, {
      method: 'POST',
      body: JSON.stringify({ ...testRun('2', minute(3)), [side]: [dataset('other'), one] }),
    })
    const { errors } = (await response.json()) as { errors: { message: string }[] }
    return [response.status, errors[0]?.message]
  }
  const where = (path: string) =>
    `${path}.dataQualityAssertions.assertions: expected 0 to 10000 items, got 10001 items`
  expect(await refused('inputs', 'inputFacets')).toEqual([400, where('$.inputs[1].inputFacets')])
  expect(await refused('inputs', 'facets')).toEqual([400, where('$.inputs[1].facets')])
  expect(await refused('outputs', 'facets')).toEqual([400, where('$.outputs[1].facets')])
  const deleted = { dataQualityAssertions: { _deleted: true, assertions: many(10_001) } }
  await sendEvents(server, [testRun('1', minute(4), dataset('orders', { inputFacets: deleted }))])
  expect((await checksOfAsset(server, 'orders')).totalCount).toBe(0)
})

test('an event that changes nothing of what its run asserts writes nothing of it', async () => {
  const statements = (event: object) => server.statementsOf(() => sendEvents(server, [event]))
  const ofAssertions = (sent: string[]) => sent.filter((text) => text.includes('run_assertions'))
  const event = (type: string, at: number, ...inputs: ReturnType<typeof dataset>[]) =>
    runEvent('dbt.test', '1', type, minute(at), { inputs })
  expect(ofAssertions(await statements(event('START', 1, dataset('orders'))))).toEqual([])
  expect(ofAssertions(await statements(event('RUNNING', 2, asserted('orders', FRESH))))).toHaveLength(1)
  expect(ofAssertions(await statements(event('RUNNING', 1, asserted('orders', NOT_NULL))))).toEqual([])
  expect(ofAssertions(await statements(event('COMPLETE', 3, dataset('orders'))))).toEqual([])
})
