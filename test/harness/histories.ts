import fc from 'fast-check'
import {
  type ColumnDependencyInput,
  type ColumnTransformationType,
  type MaterializedAssetInput,
  type UpstreamRefInput,
} from '../../schema/operations.generated.js'
import { minute, type Run } from './recordings.js'

/** The keys of every asset of a random history. */
const KEYS = ['a', 'b', 'c', 'd', 'e/text', 'f/table']

const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

const upstream: fc.Arbitrary<UpstreamRefInput> = fc.record(
  {
    key: fc.constantFrom(...KEYS),
    version: sometimes(fc.constantFrom('v1', 'v2')),
    partitionKey: sometimes(fc.constantFrom('p', 'q')),
  },
  { requiredKeys: ['key'] },
)

const asset: fc.Arbitrary<MaterializedAssetInput> = fc.record(
  {
    key: fc.constantFrom(...KEYS),
    version: sometimes(fc.constantFrom('v1', 'v2')),
    partitionKey: sometimes(fc.constantFrom('p', 'q')),
    kind: sometimes(fc.constantFrom('image', 'vector')),
    kinds: sometimes(fc.subarray(['s3', 'dbt'])),
    description: sometimes(fc.constantFrom('', 'old', 'new')),
    sizeBytes: sometimes(fc.nat()),
    metadata: sometimes(fc.dictionary(fc.string({ maxLength: 3 }), fc.nat(), { maxKeys: 2 })),
    upstream: sometimes(fc.array(upstream, { maxLength: 2 })),
  },
  { requiredKeys: ['key'] },
)

const deliveryOf = (made: fc.Arbitrary<MaterializedAssetInput>) =>
  fc.record({
    at: fc.nat({ max: 9 }),
    event: sometimes(fc.integer({ min: 1, max: 3 })),
    hasKey: fc.boolean(),
    dagId: sometimes(fc.constantFrom('run-1', 'run-2')),
    partitionKey: sometimes(fc.constantFrom('p')),
    assets: fc.array(made, { minLength: 1, maxLength: 3 }),
    upstream: sometimes(fc.array(upstream, { maxLength: 2 })),
  })

const columnDependency: fc.Arbitrary<ColumnDependencyInput> = fc.record({
  asset: fc.constantFrom(...KEYS).map((key) => ({ key })),
  column: fc.constantFrom('x', 'y'),
  transformations: sometimes(
    fc.array(
      fc.record({
        type: fc.constantFrom<ColumnTransformationType>('DIRECT', 'INDIRECT'),
        subtype: sometimes(fc.constantFrom('A', '\u{fb01}', '\u{1f600}')),
        masking: sometimes(fc.boolean()),
      }),
      { maxLength: 2 },
    ),
  ),
})

/** The same, which says something of columns too. */
const assetWithColumns: fc.Arbitrary<MaterializedAssetInput> = fc
  .record({
    asset,
    columns: sometimes(
      fc.uniqueArray(
        fc.record({
          name: fc.constantFrom('x', 'y', 'z'),
          type: sometimes(fc.constantFrom('int', 'text')),
          inputs: sometimes(fc.array(columnDependency, { maxLength: 2 })),
        }),
        { maxLength: 2, selector: ({ name }) => name },
      ),
    ),
    columnDependencies: sometimes(fc.array(columnDependency, { maxLength: 1 })),
  })
  .map(({ asset: one, ...ofColumns }) => ({ ...one, ...ofColumns }))

/** A storage event names one materialization of an asset. */
function eachKeyOnce(assets: readonly MaterializedAssetInput[]): MaterializedAssetInput[] {
  return [...new Map(assets.map((one) => [one.key, one])).values()]
}

/**
 * Random recordings over few assets, versions, partitions, DAG runs, storage events and instants, so that they meet
 * often. Each is repeatable: by an idempotency key, by a storage event, or by both. Deliveries of one storage event
 * differ in time, for among equals the last delivery counts.
 */
export const history = historyOf(asset)

/** The same with columns. */
export const historyWithColumns = historyOf(assetWithColumns)

function historyOf(made: fc.Arbitrary<MaterializedAssetInput>): fc.Arbitrary<Run[]> {
  const deliveries = fc.array(deliveryOf(made), { minLength: 5, maxLength: 30, size: 'max' })
  return deliveries.map((list) => {
    const taken = new Set<string>()
    return list.map(({ at, event, hasKey, assets, ...run }, place) => {
      let time = at
      while (event !== undefined && taken.has(`${event} ${time}`)) time++
      taken.add(`${event} ${time}`)
      return {
        ...run,
        jobId: `run ${place}`,
        materializedAt: minute(time),
        ...(event === undefined ? {} : { storageEventId: event }),
        ...(event === undefined || hasKey ? { idempotencyKey: `key ${place}` } : {}),
        assets: (event === undefined ? assets : eachKeyOnce(assets)).map((one, index) => ({
          ...one,
          codeVersion: String(index),
        })),
      }
    })
  })
}
