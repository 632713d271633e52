import fc from 'fast-check'
import { dataset, type EventDataset, type RunEvent, runEvent } from './lineage-events.js'
import { minute, type Run } from './recordings.js'

/** The datasets of every random event. */
export const NAMES = ['raw', 'clean', 'report', 'other']
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

const lineage = fc
  .subarray(NAMES, { maxLength: 2 })
  .map((names) => ({ inputs: names.map((name) => dataset(name)) }))

const change = fc.oneof(
  fc.constantFrom('DROP', 'OVERWRITE').map((lifecycleStateChange) => ({ lifecycleStateChange })),
  fc.constantFrom(...NAMES).map((name) => ({
    lifecycleStateChange: 'RENAME',
    previousIdentifier: dataset(name),
  })),
)

const facets: fc.Arbitrary<Record<string, unknown>> = fc
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
    lifecycleStateChange: rarely(change),
    lineage: fc.option(lineage, { nil: undefined, freq: 1 }),
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

const runEvents: fc.Arbitrary<RunEvent> = fc
  .record({
    job: fc.constantFrom('dag.load', 'dag.report'),
    run: fc.constantFrom('1', '2', '3'),
    type: fc.constantFrom('START', 'RUNNING', 'COMPLETE', 'FAIL', 'ABORT', 'OTHER'),
    at: fc.nat(5).map(minute),
    inputs: fc.array(used, { maxLength: 2 }),
    outputs: fc.array(made, { maxLength: 2 }),
    processingType: rarely(fc.constantFrom('BATCH', 'STREAMING')),
    errorMessage: facet(fc.constantFrom('x', 'y').map((message) => ({ message }))),
  })
  .map(({ job, run, type, at, processingType, errorMessage, ...datasets }) =>
    runEvent(job, run, type, at, {
      ...datasets,
      jobFacets: processingType === undefined ? {} : { jobType: { processingType } },
      runFacets: present({ errorMessage }),
    }),
  )

const COMMON = {
  producer: 'https://example.com/producer/1.0',
  schemaURL: 'https://openlineage.io/spec/2-0-2',
}

const jobEvents = fc
  .record({
    eventTime: fc.nat(9).map(minute),
    inputs: fc.array(used, { maxLength: 2 }),
    outputs: fc.array(made, { maxLength: 2 }),
  })
  .map((event) => ({ ...COMMON, job: { namespace: 'jobs', name: 'dag.report' }, ...event }))

const datasetEvents = fc
  .record({ eventTime: fc.nat(9).map(minute), dataset: used })
  .map((event) => ({ ...COMMON, ...event }))

/** Events of every kind, of a few runs over a few datasets, so that they meet often; their order does not matter. */
export const anyEvents: fc.Arbitrary<object> = fc.oneof(
  { weight: 6, arbitrary: runEvents },
  { weight: 1, arbitrary: jobEvents },
  { weight: 1, arbitrary: datasetEvents },
)

/** A run that is complete, and what it says beside: that one output was made from less than all that it used. */
export const narrowedRun: fc.Arbitrary<object[]> = fc
  .record({
    inputs: fc.subarray(NAMES, { minLength: 2 }),
    kept: fc.subarray(NAMES, { maxLength: 2 }),
    output: fc.constantFrom(...NAMES),
    at: fc.nat(5).map(minute),
  })
  .map(({ inputs, kept, output, at }) => [
    runEvent('dag.narrow', '1', 'COMPLETE', at, {
      inputs: inputs.map((name) => dataset(name)),
      outputs: [dataset(output)],
    }),
    runEvent('dag.narrow', '1', 'RUNNING', minute(0), {
      outputs: [dataset(output, { facets: { lineage: { inputs: kept.map((name) => dataset(name)) } } })],
    }),
  ])

const SHARED: Record<string, { namespace: string; key: string }> = Object.fromEntries(
  ['a', 'b', 'c', 'd'].map((key, at) => [key, { namespace: 'lake', key: NAMES[at] ?? key }]),
)
const shared = <Ref extends { key: string }>(ref: Ref): Ref => ({ ...ref, ...SHARED[ref.key] })

/** A recording of a random history, with some keys those of datasets: so that recordings and events meet. */
export const amongDatasets = (run: Run): Run => ({
  ...run,
  assets: run.assets.map((asset) => ({
    ...shared(asset),
    ...(asset.upstream == null ? {} : { upstream: asset.upstream.map(shared) }),
  })),
  ...(run.upstream == null ? {} : { upstream: run.upstream.map(shared) }),
})
