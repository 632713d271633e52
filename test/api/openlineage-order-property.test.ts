import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear, dumpTables } from '../harness/dump.js'
import { dataset, type EventDataset, type RunEvent, runEvent, sendEvents } from '../harness/lineage-events.js'
import { minute } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const CONNECTIONS = 8

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Sends what is left in any order, each event once or more, over eight connections at once. */
async function sendAnyhow(events: readonly unknown[]): Promise<void> {
  const left = [...events]
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let event = left.pop(); event !== undefined; event = left.pop()) await sendEvents(server, [event])
    }),
  )
}

/** The events, some of them again, in another order. */
const anyhow = <Event>(events: readonly Event[]) =>
  fc
    .array(fc.constantFrom(...events), { maxLength: 5 })
    .chain((repeats) =>
      fc.shuffledSubarray([...events, ...repeats], { minLength: events.length + repeats.length }),
    )

const NAMES = ['raw', 'clean', 'report', 'other']
const facet = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 })
const rarely = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const present = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

const inputField = fc
  .record({
    name: fc.constantFrom(...NAMES),
    field: fc.constantFrom('x', 'y'),
    type: fc.constantFrom('DIRECT', 'INDIRECT'),
    subtype: fc.constantFrom('A', 'B', '\u{fb01}', '\u{1f600}'),
  })
  .map(({ name, field, ...transformation }) => ({
    ...dataset(name),
    field,
    transformations: [transformation],
  }))
const inputFields = fc.array(inputField, { maxLength: 2 })
const columnLineage = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(inputFields, inputFields)
      .map(([id, dataset]) => ({ fields: { id: { inputFields: id } }, dataset })),
  },
  { weight: 1, arbitrary: fc.constant({ _deleted: true }) },
)

const assertions = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.record({ assertion: fc.constantFrom('a', 'b'), success: fc.boolean() }), { maxLength: 2 })
      .map((list) => ({ assertions: list })),
  },
  { weight: 1, arbitrary: fc.constant({ _deleted: true }) },
)

const facets = fc
  .record({
    version: facet(fc.constantFrom('v1', 'v2').map((datasetVersion) => ({ datasetVersion }))),
    datasetType: facet(fc.constantFrom('TABLE', 'VIEW').map((datasetType) => ({ datasetType }))),
    tags: facet(fc.constantFrom('a', 'b').map((value) => ({ tags: [{ key: 'tier', value }] }))),
    ownership: facet(fc.constantFrom('me', 'you').map((name) => ({ owners: [{ name }] }))),
    documentation: facet(
      fc.oneof(
        fc.constantFrom('one', 'two').map((description) => ({ description })),
        fc.constant({ _deleted: true }),
      ),
    ),
    schema: facet(fc.constantFrom('id', 'sum').map((name) => ({ fields: [{ name, type: 'int' }] }))),
    columnLineage: facet(columnLineage),
    dataQualityAssertions: facet(assertions),
    symlinks: rarely(fc.constantFrom(...NAMES, 'alias').map((name) => ({ identifiers: [dataset(name)] }))),
    lifecycleStateChange: rarely(
      fc.constantFrom(...NAMES).map((name) => ({
        lifecycleStateChange: 'RENAME',
        previousIdentifier: dataset(name),
      })),
    ),
  })
  .map(present)

const subset = facet(
  fc.subarray(['p1', 'p2', 'p3'], { minLength: 1 }).map((identifiers) => ({
    outputCondition: {
      type: 'partition',
      partitions: identifiers.map((identifier) => ({ type: 'partition', identifier })),
    },
  })),
)

const used: fc.Arbitrary<EventDataset> = fc
  .tuple(fc.constantFrom(...NAMES), facets, facet(assertions))
  .map(([name, own, dataQualityAssertions]) =>
    dataset(name, { facets: own, inputFacets: present({ dataQualityAssertions }) }),
  )
const made: fc.Arbitrary<EventDataset> = fc
  .tuple(fc.constantFrom(...NAMES), facets, subset, facet(fc.nat(9).map((size) => ({ size }))))
  .map(([name, own, part, outputStatistics]) =>
    dataset(name, { facets: own, outputFacets: present({ subset: part, outputStatistics }) }),
  )

const event: fc.Arbitrary<RunEvent> = fc
  .record({
    job: fc.constantFrom('dag.load', 'dag.report'),
    run: fc.constantFrom('1', '2', '3'),
    type: fc.constantFrom('START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT', 'OTHER'),
    at: fc.nat(5).map(minute),
    inputs: fc.array(used, { maxLength: 2 }),
    outputs: fc.array(made, { maxLength: 2 }),
    says: fc.boolean(),
    errorMessage: facet(fc.constantFrom('x', 'y').map((message) => ({ message }))),
  })
  .map(({ job, run, type, at, says, errorMessage, ...datasets }) =>
    runEvent(job, run, type, at, {
      ...datasets,
      // What a job is does not change.
      jobFacets: says ? { jobType: { processingType: job === 'dag.load' ? 'BATCH' : 'STREAMING' } } : {},
      runFacets: present({ errorMessage }),
    }),
  )

const delivery = fc
  .array(event, { minLength: 2, maxLength: 12 })
  .chain((events) => fc.record({ events: fc.constant(events), anyhow: anyhow(events) }))

test('events in any order, any number of times, at once, end in the same state', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(delivery, async ({ events, anyhow }) => {
      await clear(server)
      await sendEvents(server, events)
      const once = await dumpTables(server)
      await clear(server)
      await sendAnyhow(anyhow)
      expect(await dumpTables(server)).toEqual(once)
      const {
        materializations = [],
        edges = [],
        names = [],
        assertions = [],
      } = once as Record<string, unknown[]>
      if (materializations.length > 1) seen.add('several made')
      if (edges.length > 1) seen.add('edges')
      if (assertions.length > 1) seen.add('assertions')
      const [moved] = await server.database.sql('SELECT FROM asset_name WHERE moved_by IS NOT NULL')
      if (names.length > 1 && moved !== undefined) seen.add('moved')
    }),
    { numRuns: 100, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
  )
  expect([...seen].sort()).toEqual(['assertions', 'edges', 'moved', 'several made'])
}, 220_000)

const REAL = new URL('../../../shared/openlineage-events/', import.meta.url)
const scenarios = existsSync(REAL)
  ? readdirSync(REAL, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  : []

/** Runs, materializations and edges, as what came with the events counts them. */
const COUNTS: Record<string, [number, number, number]> = {
  CLL: [4, 3, 2],
  simple_run_event: [1, 1, 1],
  spark_dataproc_simple_producer_test: [1, 1, 1],
}

;(scenarios.length === 0 ? describe.skip : describe)('what real producers have sent', () => {
  test.each(scenarios.length === 0 ? ['none here'] : scenarios)(
    '%s',
    async (scenario) => {
      const folder = new URL(`${scenario}/`, REAL)
      const events = readdirSync(folder)
        .sort()
        .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      await clear(server)
      await sendEvents(server, events)
      const once = await dumpTables(server)
      const { runs, materializations, edges } = once as Record<string, unknown[]>
      expect([runs?.length, materializations?.length, edges?.length]).toEqual(COUNTS[scenario])
      await fc.assert(
        fc.asyncProperty(anyhow(events), async (shuffled) => {
          await clear(server)
          await sendAnyhow(shuffled)
          expect(await dumpTables(server)).toEqual(once)
        }),
        { numRuns: 100, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
      )
    },
    120_000,
  )
})
