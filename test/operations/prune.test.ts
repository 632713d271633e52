import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { RecordCheckResultsDocument } from '../../schema/operations.generated.js'
import { headwater, type RunOptions } from '../cli/run-headwater.js'
import { age } from '../harness/age.js'
import { clear, dumpRows } from '../harness/dump.js'
import { dataset, runEvent, sendEvents } from '../harness/lineage-events.js'
import * as pruning from '../harness/pruning.js'
import { daysAgo } from '../harness/pruning.js'
import { type InputAnswer, inputsOf, record, recordBatch, tryRecord } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { edgeNames, walk } from '../harness/walks.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
beforeEach(() => clear(server))
afterAll(() => server[Symbol.asyncDispose]())

const prune = (args: string[], options: RunOptions = {}) => pruning.prune(server, args, options)
const makeHistory = () => pruning.makeHistory(server)
const countOf = (table: string) => pruning.countOf(server, table)

test('by default it says what would go, and removes nothing', async () => {
  await makeHistory()
  const before = await dumpRows(server)
  const { code, stdout, stderr } = await prune(['--keep-latest', '2'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').slice(1)).toEqual([
    '  materialization: 10',
    '  materialization_input: 5',
    '  recording: 10',
    'Nothing has been removed: --yes does it.',
    '',
  ])
  expect(stdout).toMatch(/: before 20..-.*Z 25 rows would go\n/)
  expect(await dumpRows(server)).toEqual(before)
})

test('--yes removes it; edges, and what is current, stay as they are, and the past says where it ends', async () => {
  await makeHistory()
  const edges = async () => (await walk(server, 'report', { direction: 'UPSTREAM' })).edges
  const before = await edges()
  expect((await prune(['--yes', '--keep-latest', '2'])).stdout).toMatch(
    / 25 rows pruned\n {2}materialization: 10\n/,
  )
  expect(await countOf('materialization')).toBe(4)
  expect(await edges()).toEqual(before)
  const { data, errors } = await server.ask(
    `{ lineage(root: { key: "report" }, direction: UPSTREAM, asOf: "${daysAgo(120)}") { edges { upstream { key } } } }`,
  )
  expect({ data, errors }).toEqual({
    data: null,
    errors: [
      expect.objectContaining({
        message: expect.stringMatching(
          /^asOf: expected a time not before 20.*Z, for earlier history has been pruned, got 20/,
        ),
        extensions: { code: 'BAD_USER_INPUT', field: 'asOf' },
      }),
    ],
  })
  const current = await walk(server, 'report', { direction: 'UPSTREAM', scope: 'CURRENT', asOf: daysAgo(80) })
  expect(edgeNames(current.edges)).toEqual(['raw>report'])
  expect((await prune(['--yes', '--keep-latest', '2'])).stdout).toMatch(/ there is nothing to prune\n$/)
})

test('an input whose materialization has gone says so, and which version it was; nothing else is taken for it', async () => {
  const first = await record(server, {
    materializedAt: daysAgo(200),
    assets: [{ key: 'raw', version: 'v1' }],
  })
  await record(server, { materializedAt: daysAgo(150), assets: [{ key: 'raw', version: 'v2' }] })
  await record(server, { materializedAt: daysAgo(100), assets: [{ key: 'raw', version: 'v3' }] })
  // Pins the first one.
  await record(server, {
    materializedAt: daysAgo(140),
    assets: [{ key: 'pinned' }],
    upstream: [{ key: 'raw', version: 'v1' }],
  })
  const of = await record(server, {
    materializedAt: daysAgo(140),
    assets: [{ key: 'report' }],
    upstream: [{ key: 'raw' }],
  })
  await record(server, { materializedAt: daysAgo(99), assets: [{ key: 'report' }] })
  await age(server)
  const id = of.materializations[0]?.id ?? ''
  expect((await prune(['--yes', '--keep-latest', '2'])).code).toBe(0)
  expect(
    (await inputsOf(server, id)).map(({ version, materialization }) => [version, materialization?.id]),
  ).toEqual([['v2', expect.any(String)]])
  expect((await prune(['--yes', '--keep-latest', '1'])).code).toBe(0)
  // The report itself has gone with it: only the latest is kept.
  expect(await server.query(`{ materialization(id: "${id}") { id } }`)).toEqual({ materialization: null })
  expect(await countOf('materialization')).toBe(4)
  expect(
    await server.query(`{ materialization(id: "${first.materializations[0]?.id}") { version } }`),
  ).toEqual({
    materialization: { version: 'v1' },
  })
})

test('what is old, but was recorded since, stays, and is counted where nothing else is said', async () => {
  for (const days of [200, 150, 100])
    await record(server, { materializedAt: daysAgo(days), assets: [{ key: 'imported' }] })
  await record(server, { assets: [{ key: 'new' }] })
  const { stdout } = await prune(['--yes', '--keep-latest', '1'])
  expect(stdout).toMatch(/ there is nothing to prune: 3 were made before that, but recorded since\n$/)
  expect(await countOf('materialization')).toBe(4)
})

test('an input that has gone stays what it was when its run, or its storage event, is told more of', async () => {
  for (const days of [200, 160, 120, 100])
    await record(server, {
      materializedAt: daysAgo(days),
      assets: [{ key: 'raw', namespace: 'lake', version: `v${days}` }],
    })
  const load = (runId: string, eventType: string, days: number, inputs: string[]) =>
    runEvent('load', runId, eventType, daysAgo(days), {
      inputs: inputs.map((name) => dataset(name)),
      outputs: [dataset('of a run')],
    })
  const step = (days: number, upstream: string[]) => ({
    storageEventId: days,
    materializedAt: daysAgo(days),
    assets: [{ key: 'of a storage event' }],
    upstream: upstream.map((key) => ({ key, namespace: 'lake' })),
  })
  for (const days of [140, 95]) {
    await sendEvents(server, [load(`run-${days}`, 'COMPLETE', days, ['raw'])])
    await record(server, step(days, ['raw']))
  }
  await age(server)
  // Pinned by what is latest, so that there is something older to be taken for it.
  await record(server, {
    assets: [{ key: 'pinned' }],
    upstream: [{ key: 'raw', namespace: 'lake', version: 'v200' }],
  })
  expect((await prune(['--yes', '--keep-latest', '2'])).code).toBe(0)

  const inputs = async () => {
    const { materializations } = await server.query<
      {
        materializations: {
          nodes: { asset: { key: string }; materializedAt: string; inputs: InputAnswer[] }[]
        }
      },
      undefined
    >(`{ materializations(first: 100) { nodes { asset { key } materializedAt
        inputs { asset { key } version isPruned materialization { id } } } } }`)
    return Object.fromEntries(
      materializations.nodes
        .filter(({ materializedAt }) => materializedAt === daysAgo(140))
        .map((one) => [one.asset.key, one.inputs]),
    )
  }
  const raw = { asset: { key: 'raw' }, version: 'v160', isPruned: true, materialization: null }
  expect(await inputs()).toEqual({ 'of a run': [raw], 'of a storage event': [raw] })
  // Another input comes before it, and the run is known to have begun earlier.
  await sendEvents(server, [load('run-140', 'START', 141, ['early', 'raw'])])
  await record(server, step(140, ['early', 'raw']))
  const early = { asset: { key: 'early' }, version: null, isPruned: false, materialization: null }
  const both = expect.arrayContaining([early, raw])
  expect(await inputs()).toEqual({ 'of a run': both, 'of a storage event': both })
})

test('a run goes with all that it has made and its events, or not at all; so does a DAG run', async () => {
  for (const [at, days] of [200, 150, 100].entries()) {
    await sendEvents(server, [
      runEvent('load', `run-${at}`, 'COMPLETE', daysAgo(days), {
        outputs: [dataset('wide'), ...(at === 0 ? [dataset('once')] : [])],
      }),
    ])
    await record(server, {
      dagId: `dag-${at}`,
      materializedAt: daysAgo(days),
      assets: [{ key: 'step' }, ...(at === 0 ? [{ key: 'first' }] : [])],
    })
  }
  await age(server)
  expect((await prune(['--yes', '--keep-latest', '1'])).code).toBe(0)
  const runs = await server.database.sql('SELECT run_id FROM run ORDER BY run_id')
  expect(runs).toEqual([{ run_id: 'run-0' }, { run_id: 'run-2' }])
  expect(await countOf('openlineage_event')).toBe(2)
  const dags = await server.database.sql(
    'SELECT DISTINCT dag_id FROM materialization WHERE dag_id IS NOT NULL ORDER BY 1',
  )
  expect(dags).toEqual([{ dag_id: 'dag-0' }, { dag_id: 'dag-2' }])
})

test('schemas go that no asset has any more, nor anything that stays; a rebuild does not bring them back', async () => {
  const columns = (count: number) =>
    ['a', 'b', 'c', 'd'].slice(0, count).map((name) => ({ name, type: 'int' }))
  for (const [at, days] of [200, 150, 120, 100].entries()) {
    await record(server, {
      materializedAt: daysAgo(days),
      assets: [{ key: 'wide', columns: columns(at + 1) }],
    })
    // What is only read is held by nothing; the runs stay, for each is the last to have made what it has.
    const schema = { fields: columns(at + 1) }
    await sendEvents(server, [
      runEvent('load', `run-${at}`, 'COMPLETE', daysAgo(days), {
        inputs: [dataset('read', { facets: { schema } })],
        outputs: [dataset(`made ${at}`)],
      }),
    ])
  }
  await age(server)
  const shown = () =>
    server.query<object, undefined>(
      '{ assets(first: 100) { nodes { key columns { name } latestMaterialization { columns { name } } } } }',
    )
  const before = await shown()
  expect((await prune(['--keep-latest', '2'])).stdout).toContain('\n  asset_schema: 5\n')
  expect(await countOf('asset_schema')).toBe(8)
  expect((await prune(['--yes', '--keep-latest', '2'])).stdout).toContain('\n  asset_schema: 5\n')
  expect(
    await server.database.sql(
      `SELECT a.key, jsonb_array_length(s.columns) AS columns FROM asset_schema s JOIN asset a ON a.id = s.asset_id
       ORDER BY 1, 2`,
    ),
  ).toEqual([
    { key: 'read', columns: 4 },
    { key: 'wide', columns: 3 },
    { key: 'wide', columns: 4 },
  ])
  expect(await shown()).toEqual(before)
  const { code, stdout } = await headwater(['rebuild', '--check'], {
    variables: { DATABASE_URL: server.database.url },
  })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('nothing') })
})

test('what a check has looked at of late stays; a namespace may be pruned alone', async () => {
  const made = await recordBatch(
    server,
    [200, 150, 100].map((days) => ({
      materializedAt: daysAgo(days),
      assets: [{ key: 'mine' }, { key: 'other', namespace: 'theirs' }],
    })),
  )
  await age(server)
  await server.query(RecordCheckResultsDocument, {
    input: {
      materializationId: made[0]?.materializations[0]?.id ?? '',
      checks: [{ name: 'late', status: 'PASSED' }],
    },
  })
  expect((await prune(['--yes', '--keep-latest', '1', '--namespace', 'default'])).code).toBe(0)
  const left = () =>
    server.database.sql(
      'SELECT a.key, count(*)::int FROM materialization m JOIN asset a ON a.id = m.asset_id GROUP BY 1 ORDER BY 1',
    )
  expect(await left()).toEqual([
    { key: 'mine', count: 2 },
    { key: 'other', count: 3 },
  ])
  expect((await prune(['--yes', '--keep-latest', '1'])).code).toBe(0)
  expect(await left()).toEqual([
    { key: 'mine', count: 2 },
    { key: 'other', count: 1 },
  ])
})

test('a repeat of what is kept is one; of what has gone, whole, it is recorded anew', async () => {
  await makeHistory()
  await prune(['--yes', '--keep-latest', '1'])
  const repeat = (days: number) =>
    tryRecord(server, {
      idempotencyKey: `raw ${days}`,
      materializedAt: daysAgo(days),
      assets: [{ key: 'raw', version: `v${days}` }],
    })
  expect((await repeat(5)).data?.payload.duplicate).toBe(true)
  expect((await repeat(200)).data?.payload.duplicate).toBe(false)
})

test.each([
  [['--older-than', '90'], 'Expected minutes, hours or days from 1h to 36500d, e.g. 30m, 12h, 90d.'],
  [['--older-than', '59m'], 'Expected minutes, hours or days from 1h to 36500d, e.g. 30m, 12h, 90d.'],
  [['--older-than', '90d', '--keep-latest', '0'], 'Expected a whole number from 1 to 1000000.'],
  [[], "required option '--older-than <age>' not specified"],
])('%j is wrong usage', async (args, complaint) => {
  const { code, stderr } = await headwater(['prune', ...args])
  expect(code).toBe(2)
  expect(stderr).toContain(complaint)
})
