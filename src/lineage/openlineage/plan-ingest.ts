import { canonicalJson } from '../../util/canonical-json.js'
import { assetIdOf } from '../asset-ref.js'
import { RowCollector } from '../recording/row-collector.js'
import type { WritePlan } from '../recording/write-plan.js'
import { type AssetFacts, factsOf, isDropped } from './asset-facts.js'
import { declaredInputs } from './declared-inputs.js'
import type { JobEvent, LineageEvent } from './event.js'
import { known, type MergedRun, mergeJob } from './merged-run.js'
import { type MadeByRun, madeBy } from './run-outcome.js'

/** A run before and after some of its events were merged. */
export interface RunChange {
  before: MergedRun | null
  after: MergedRun
}

/** What some events change. */
export interface IngestPlan {
  rows: WritePlan
  /** What they say of tags and owners: the latest of each asset. */
  facts: readonly AssetFacts[]
  dropped: readonly { assetId: string; at: Date }[]
}

/**
 * What events change, beside the runs themselves. A materialization that a run made before it is told more of is
 * replaced where that makes it another one.
 */
export function planIngest(
  events: readonly LineageEvent[],
  changes: readonly RunChange[],
  now: Date,
): IngestPlan {
  const rows = new RowCollector()
  const facts = events.flatMap(factsOf)
  for (const { asset, at, ...said } of facts) rows.state(asset, { ...said, kinds: null }, at)
  for (const event of events) if (event.is === 'JOB') declareEdges(rows, event)
  for (const { before, after } of changes) {
    const known = new Map((before === null ? [] : madeBy(before, now)).map((made) => [idOf(made), made]))
    for (const made of madeBy(after, now)) {
      const former = known.get(idOf(made))
      rows.describe(made)
      const { record, inputs, firstMadeAt } = made
      for (const { assetId, asset } of inputs) rows.declareEdge(record.assetId, assetId, asset, firstMadeAt)
      if (former === undefined) rows.insert(made.record, made.inputs, made.inputsAsOf)
      else if (contentOf(former) !== contentOf(made)) {
        const upstreamIds = new Set(former.inputs.map(({ assetId }) => assetId))
        rows.replace({ record: former.record, upstreamIds }, made.record, made.inputs, made.inputsAsOf)
      }
    }
  }
  return {
    rows: { ...rows.inKeyOrder(), recordings: [], results: [] },
    facts: facts.filter(({ tags, owners }) => tags !== null || owners !== null),
    dropped: [
      ...facts.filter(({ isDropped }) => isDropped),
      ...changes.flatMap(({ after }) => droppedBy(after)),
    ],
  }
}

/** What a run has dropped: at its end. */
function droppedBy({ completed, outputs }: MergedRun): { assetId: string; at: Date }[] {
  if (completed === null) return []
  return Object.entries(outputs)
    .filter(([, { facets }]) => isDropped(known('dataset', facets)))
    .map(([assetId]) => ({ assetId, at: new Date(completed[1]) }))
}

/** What a job says that it does is an edge, though no materialization has it yet. */
function declareEdges(rows: RowCollector, event: JobEvent): void {
  const job = mergeJob(event)
  for (const outputId of Object.keys(job.outputs))
    for (const input of declaredInputs(job, outputId))
      rows.declareEdge(outputId, assetIdOf(input), input, event.eventTime)
}

const idOf = ({ record }: MadeByRun) => record.materializationId

/** All that makes a materialization what it is, but when it was recorded. */
function contentOf({ record, inputs, inputsAsOf }: MadeByRun): string {
  const { recordedAt: _, ...content } = record
  return canonicalJson({ ...content, inputs, inputsAsOf })
}
