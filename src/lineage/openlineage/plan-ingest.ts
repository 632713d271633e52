import { isEqual } from '../../util/is-equal.js'
import type { Canonical } from '../names/asset-names.js'
import { renamed, renamedIn, renamedInputs } from '../names/renamed.js'
import { RowCollector } from '../recording/row-collector.js'
import type { WritePlan } from '../recording/write-plan.js'
import type { Pace } from '../walk/pace.js'
import { type AssetFacts, factsOf } from './asset-facts.js'
import { columnInputsOf, withColumnInputs } from './column-lineage.js'
import { declaredInputs } from './declared-inputs.js'
import type { DatasetEvent, JobEvent, LineageEvent } from './event.js'
import { type MergedRun, mergeJob } from './merged-run.js'
import { type AssertionPlan, planAssertions } from './plan-assertions.js'
import { type LifecyclePlan, planLifecycle } from './plan-lifecycle.js'
import { type MadeByRun, madeBy } from './run-outcome.js'

/** A run before and after some of its events were merged. */
export interface RunChange {
  before: MergedRun | null
  after: MergedRun
  /** When these came. */
  at: Date
}

/** What some events change. */
export interface IngestPlan {
  rows: WritePlan
  /** What they say of tags and owners: the latest of each asset. */
  facts: readonly AssetFacts[]
  lifecycle: LifecyclePlan
  assertions: AssertionPlan
}

/**
 * What events change, beside the runs themselves. A materialization that a run made before it is told more of is
 * replaced where that makes it another one. `canonical`: what the names in the events stand for.
 */
export async function planIngest(
  events: readonly LineageEvent[],
  changes: readonly RunChange[],
  canonical: Canonical,
  now: Date,
  pace: Pace,
): Promise<IngestPlan> {
  const rows = new RowCollector()
  const said = events.flatMap(factsOf)
  const facts = said.map((one) => renamedIn(one, canonical))
  for (const { asset, at, columns, ...one } of facts) {
    rows.state(asset, { ...one, kinds: null }, at)
    if (columns !== null) rows.columns.state(one.assetId, columns, at)
  }
  for (const event of events) {
    if (event.is === 'JOB') declareEdges(rows, event, canonical)
    if (event.is === 'DATASET') declareColumns(rows, event, canonical)
  }
  for (const { before, after, at } of changes) {
    const outcomeOf = (run: MergedRun) => madeBy(run, at).map((made) => renamed(made, canonical))
    const formerly = new Map((before === null ? [] : outcomeOf(before)).map((made) => [idOf(made), made]))
    for (const made of outcomeOf(after)) {
      await pace.step()
      const former = formerly.get(idOf(made))
      // Most events of a run say nothing new of what it has made.
      if (former !== undefined && isEqual(former, made)) continue
      const { record, inputs } = made
      rows.describe(made)
      rows.columns.see(record.assetId, made.columnInputs, made.firstMadeAt, record.materializedAt)
      if (made.columns !== null) rows.columns.hold(record, made.columns)
      if (former === undefined) rows.insert(record, inputs, made)
      else {
        const upstreamIds = new Set(former.inputs.map(({ assetId }) => assetId))
        rows.replace({ record: former.record, upstreamIds }, record, inputs, made)
      }
    }
  }
  const assertions = planAssertions(changes, canonical)
  // What is written under a name is named in the rows too: a write makes sure that it is the asset's own.
  for (const { assetId, asset } of [...assertions.put, ...assertions.gone])
    rows.state(asset, { assetId, kind: null, kinds: null, description: null }, now)
  return {
    rows: { ...rows.inKeyOrder(), recordings: [], results: [] },
    facts: facts.filter(({ tags, owners }) => tags !== null || owners !== null),
    lifecycle: planLifecycle(said, changes, canonical),
    assertions,
  }
}

/** What a job says that it does is an edge, though no materialization has it yet. */
function declareEdges(rows: RowCollector, event: JobEvent, canonical: Canonical): void {
  const job = mergeJob(event)
  const declared = declaredInputs(job)
  for (const [id, { namespace, key, columnInputs }] of Object.entries(job.outputs)) {
    const { assetId } = canonical({ assetId: id, asset: { namespace, key } })
    for (const [inputId, input] of declared(id)) {
      const upstream = canonical({ assetId: inputId, asset: input })
      rows.declareEdge(assetId, upstream.assetId, upstream.asset, event.eventTime)
    }
    rows.columns.see(assetId, renamedInputs(columnInputsOf(columnInputs), canonical), event.eventTime)
  }
}

/** So is what a dataset says that its columns are made from. */
function declareColumns(
  rows: RowCollector,
  { dataset, eventTime }: DatasetEvent,
  canonical: Canonical,
): void {
  const { assetId } = canonical(dataset)
  const said = columnInputsOf(withColumnInputs({}, dataset.facets, eventTime.getTime()))
  const inputs = renamedInputs(said, canonical)
  for (const input of inputs) rows.declareEdge(assetId, input.assetId, input.asset, eventTime)
  rows.columns.see(assetId, inputs, eventTime)
}

const idOf = ({ record }: MadeByRun) => record.materializationId
