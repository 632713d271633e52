import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { asserting } from '../harness/assertions.js'
import { type EventDataset, postEvents, runEvent } from '../harness/lineage-events.js'
import { minute, type Run, recordBatch, unique } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

/** On one all comes once and in order, on the other anyhow: ids are the same on both. */
let once: TestServer
let anyhow: TestServer
beforeAll(async () => {
  ;[once, anyhow] = await Promise.all([startTestServer(), startTestServer()])
})
afterAll(() => Promise.all([once[Symbol.asyncDispose](), anyhow[Symbol.asyncDispose]()]))

const KEYS = ['a', 'b']
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })
const key = fc.constantFrom(...KEYS)
const version = sometimes(fc.constantFrom('v1', 'v2'))
const partition = sometimes(fc.constantFrom('p', 'q'))

/** What was made beside the runs. */
const recorded = fc.record({
  key,
  version,
  partition,
  dagId: sometimes(fc.constantFrom('dag', 'other')),
  at: fc.nat(9),
})

const made = fc
  .array(recorded, { maxLength: 5 })
  .map((list) => list.map((one, place) => ({ ...one, place: String(place) })))

const assertions = fc.array(fc.tuple(fc.constantFrom('unique', 'fresh'), fc.boolean()), { maxLength: 3 })
const used = fc.record({
  key,
  version,
  partition,
  /** `[]` asserts nothing any more, as `deleted` does; null says nothing. */
  asserts: sometimes(
    fc.oneof({ weight: 4, arbitrary: assertions }, { arbitrary: fc.constant('deleted' as const), weight: 1 }),
  ),
  place: fc.constantFrom('facets', 'inputFacets'),
})
const said = fc.record({
  run: fc.constantFrom<string>('1', '2', '3'),
  at: fc.nat(9),
  type: fc.constantFrom('START', 'RUNNING', 'COMPLETE', 'COMPLETE', 'FAIL', 'OTHER'),
  inputs: fc.uniqueArray(used, { selector: (one) => one.key, maxLength: 2 }),
  outputs: fc.array(fc.record({ key, partitions: fc.subarray(['p', 'q']) }), { maxLength: 1 }),
})
type Said = typeof said extends fc.Arbitrary<infer Value> ? Value : never
type Recorded = (typeof made extends fc.Arbitrary<infer List> ? List : never) extends (infer One)[]
  ? One
  : never

/** Of a run no two events are of one time: which of these counts is what their hashes say. */
const events = fc.uniqueArray(said, { selector: ({ run, at }) => `${run} ${at}`, minLength: 1, maxLength: 8 })
type Delivery = typeof delivery extends fc.Arbitrary<infer Value> ? Value : never
const delivery = fc.record({ made, events }).chain(({ made, events }) =>
  fc.record({
    made: fc.constant(made),
    events: fc.constant(events),
    shuffled: fc
      .array(fc.constantFrom(...events), { maxLength: 3 })
      .chain((again) =>
        fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
      ),
    cut: fc.nat(8),
    first: fc.integer({ min: 1, max: 5 }),
  }),
)

/** The `place`th of some cases that are sent at once: its names are its own. */
function inPlace({ made, events, shuffled, cut, first }: Delivery, place: number) {
  const named = <One extends { key: string }>(one: One): One => ({ ...one, key: `${one.key}${place}` })
  const event = (one: Said): Said => ({
    ...one,
    run: `${one.run} of ${place}`,
    inputs: one.inputs.map(named),
    outputs: one.outputs.map(named),
  })
  const renamed = shuffled.map(event)
  return {
    first,
    made: made.map((one) => ({ ...named(one), place: `${place} ${one.place}` })),
    events: events.map(event),
    before: renamed.slice(0, cut),
    after: renamed.slice(cut),
  }
}

/** Sends what was recorded between two parts of the events. */
async function deliver(
  server: TestServer,
  namespace: string,
  made: readonly Recorded[],
  before: readonly Said[],
  after: readonly Said[],
) {
  const send = async (some: readonly Said[]) => {
    const events = some.map((one) => eventOf(namespace, one))
    const response = await postEvents(server, events, { path: '/api/v1/lineage/batch' })
    expect(await response.json()).toMatchObject({ summary: { failed: 0 } })
  }
  const recordings = made.map((one) => recordingOf(namespace, one))
  await send(before)
  if (recordings.length > 0) await recordBatch(server, recordings)
  await send(after)
}

function recordingOf(namespace: string, { key, version, partition, dagId, at, place }: Recorded): Run {
  return {
    jobId: `recorded ${place}`,
    idempotencyKey: `${namespace} ${place}`,
    materializedAt: minute(at),
    dagId,
    assets: [{ namespace, key, version, partitionKey: partition }],
  }
}

function eventOf(namespace: string, { run, at, type, inputs, outputs }: Said) {
  const subset = (side: 'inputCondition' | 'outputCondition', identifiers: readonly string[]) =>
    identifiers.length === 0
      ? {}
      : {
          subset: {
            [side]: { type: 'partition', partitions: identifiers.map((identifier) => ({ identifier })) },
          },
        }
  return runEvent(`dag.${namespace}`, run, type, minute(at), {
    inputs: inputs.map(({ key, version, partition, asserts, place }): EventDataset => {
      const facet =
        asserts === null
          ? {}
          : asserts === 'deleted'
            ? { dataQualityAssertions: { _deleted: true } }
            : asserting(...asserts.map(([assertion, success]) => ({ assertion, success })))
      return {
        ...{ namespace, name: key },
        facets: {
          ...(version === null ? {} : { version: { datasetVersion: version } }),
          ...(place === 'facets' ? facet : {}),
        },
        inputFacets: {
          ...subset('inputCondition', partition === null ? [] : [partition]),
          ...(place === 'inputFacets' ? facet : {}),
        },
      }
    }),
    outputs: outputs.map(({ key, partitions }) => ({
      ...{ namespace, name: key },
      outputFacets: subset('outputCondition', partitions),
    })),
  })
}

interface Made {
  id: string
  jobId: string
  version: string | null
  partitionKey: string | null
  dagId: string | null
  materializedAt: string
  run: { runId: string } | null
  checks: { nodes: Check[]; totalCount: number }
}
interface Check {
  name: string
  status: string
  checkedAt: string
  details: { runId: string }
  materialization: { id: string }
}
interface AnswerOfAsset {
  key: string
  materializations: { nodes: Made[] }
  checks: { nodes: Check[]; totalCount: number }
  page: { nodes: Check[]; pageInfo: { endCursor: string | null } }
}

const CHECK = 'name status checkedAt details materialization { id }'

async function ask(server: TestServer, namespace: string, first: number): Promise<AnswerOfAsset[]> {
  const { assets } = await server.query<{ assets: { nodes: AnswerOfAsset[] } }, object>(
    `query ($namespace: String!, $first: Int!) { assets(filter: { namespace: $namespace }, first: 100) { nodes { key
      materializations(first: 100) { nodes { id jobId version partitionKey dagId materializedAt run { runId }
        checks(first: 100) { totalCount nodes { ${CHECK} } } } }
      checks(first: 100) { totalCount nodes { ${CHECK} } }
      page: checks(first: $first) { nodes { ${CHECK} } pageInfo { endCursor } } } } }`,
    { namespace, first },
  )
  return assets.nodes
}

async function restOf(server: TestServer, namespace: string, key: string, after: string): Promise<Check[]> {
  const { asset } = await server.query<{ asset: { checks: { nodes: Check[] } } }, object>(
    `query ($namespace: String!, $key: String!, $after: String!) { asset(namespace: $namespace, key: $key) {
      checks(first: 1000, after: $after) { nodes { ${CHECK} } } } }`,
    { namespace, key, after },
  )
  return asset.checks.nodes
}

/** The rule as it is written down, over plain lists, by brute force: what a run checked, and what it said. */
function expectedOf(all: readonly Said[], run: string, key: string, newestFirst: readonly Made[]) {
  const events = all.filter((one) => one.run === run)
  const byTime = events.toSorted((a, b) => a.at - b.at)
  const uses = byTime.flatMap(({ at, inputs }) =>
    inputs.filter((one) => one.key === key).map((use) => ({ at, ...use })),
  )
  const saying = uses.findLast(({ asserts }) => asserts !== null)
  if (saying === undefined || saying.asserts === 'deleted' || saying.asserts === null) return null
  const checks = saying.asserts.map(
    ([name, success]) => `${name} ${success ? 'PASSED' : 'FAILED'} ${minute(saying.at)} of ${run}`,
  )
  const usedPartitions = new Set(uses.flatMap(({ partition }) => partition ?? []))
  const partition = usedPartitions.size === 1 ? [...usedPartitions][0] : undefined
  const completed = byTime.findLast(({ type }) => type === 'COMPLETE')
  const outputs = events.flatMap((one) => one.outputs.filter((output) => output.key === key))
  if (outputs.length > 0) {
    const own = newestFirst.filter((made) => made.run?.runId === run)
    const made = own.find((one) => one.partitionKey === partition) ?? own[0]
    return completed === undefined || made === undefined ? null : { made: made.id, checks }
  }
  const began = byTime.find(({ type }) => type === 'START') ?? byTime[0]
  const asOf = minute(Math.min(began?.at ?? 0, completed?.at ?? 9))
  const version = uses.findLast((one) => one.version !== null)?.version
  const fitting = newestFirst.filter(
    (made) =>
      (version === undefined || made.version === version) &&
      (partition === undefined || made.partitionKey === partition),
  )
  const before = fitting.filter(({ materializedAt }) => materializedAt <= asOf)
  const made =
    before.find(({ dagId }) => dagId === 'dag') ??
    before[0] ??
    (version === undefined ? undefined : fitting.findLast(({ materializedAt }) => materializedAt > asOf))
  return made === undefined ? null : { made: made.id, checks }
}

const shown = ({ name, status, checkedAt, details }: Check) =>
  `${name} ${status} ${checkedAt} of ${details.runId}`

const seen = new Set<string>()

/** Compares what is answered of an asset with the rule. */
function compare({ key, materializations, checks }: AnswerOfAsset, all: readonly Said[]): void {
  const runs = [...new Set(all.map(({ run }) => run))]
  const expected = runs.flatMap((run) => expectedOf(all, run, key, materializations.nodes) ?? [])
  for (const made of materializations.nodes) {
    const own = expected.filter((one) => one.made === made.id).flatMap((one) => one.checks)
    expect(made.checks.nodes.map(shown).sort()).toEqual(own.sort())
    expect(made.checks.totalCount).toBe(own.length)
    for (const { materialization } of made.checks.nodes) expect(materialization.id).toBe(made.id)
    if (own.length > 0) seen.add(made.run === null ? 'used' : 'made by a run')
  }
  expect(checks.nodes.map((one) => `${one.materialization.id} ${shown(one)}`).sort()).toEqual(
    expected.flatMap(({ made, checks }) => checks.map((one) => `${made} ${one}`)).sort(),
  )
  expect(checks.totalCount).toBe(checks.nodes.length)
  const times = checks.nodes.map(({ checkedAt }) => checkedAt)
  expect(times).toEqual(times.toSorted().toReversed())
}

const AT_ONCE = 25

test('what runs asserted is found where the rules say, in whatever order all of it came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (cases) => {
      const namespace = unique('lake')
      const placed = cases.map(inPlace)
      const [made, events] = [placed.flatMap((one) => one.made), placed.flatMap((one) => one.events)]
      const [before, after] = [placed.flatMap((one) => one.before), placed.flatMap((one) => one.after)]
      await Promise.all([
        deliver(once, namespace, made, [], events),
        deliver(anyhow, namespace, made.toReversed(), before, after),
      ])
      const first = placed[0]?.first ?? 1
      const [found, other] = await Promise.all([ask(once, namespace, first), ask(anyhow, namespace, first)])
      expect(other).toEqual(found)
      for (const asset of found) compare(asset, events)
      const long = found.filter(({ checks }) => checks.totalCount > first).slice(0, 3)
      for (const { key, page, checks } of long) {
        const rest = await restOf(once, namespace, key, page.pageInfo.endCursor ?? '')
        expect([...page.nodes, ...rest]).toEqual(checks.nodes)
        seen.add('pages')
      }
    }),
    { numRuns: 40, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  )
  expect([...seen].sort()).toEqual(['made by a run', 'pages', 'used'])
}, 120_000)
