import { isEqual } from '../../util/is-equal.js'
import { RowCollector } from '../recording/row-collector.js'
import type { WritePlan } from '../recording/write-plan.js'
import { type AssetFacts, factsOf, isDropped } from './asset-facts.js'
import { columnInputsOf, withColumnInputs } from './column-lineage.js'
import { declaredInputs } from './declared-inputs.js'
import type { DatasetEvent, JobEvent, LineageEvent } from './event.js'
import { known, type MergedRun, mergeJob } from './merged-run.js'
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
  dropped: readonly { assetId: string; at: Date }[]
}

/**
 * What events change, beside the runs themselves. A materialization that a run made before it is told more of is
 * replaced where that makes it another one.
 */
export function planIngest(events: readonly LineageEvent[], changes: readonly RunChange[]): IngestPlan {
  const rows = new RowCollector()
  const facts = events.flatMap(factsOf)
  for (const { asset, at, columns, ...said } of facts) {
    rows.state(asset, { ...said, kinds: null }, at)
    if (columns !== null) rows.columns.state(said.assetId, columns, at)
  }
  for (const event of events) {
    if (event.is === 'JOB') declareEdges(rows, event)
    if (event.is === 'DATASET') declareColumns(rows, event)
  }
  for (const { before, after, at } of changes) {
    const formerly = new Map((before === null ? [] : madeBy(before, at)).map((made) => [idOf(made), made]))
    for (const made of madeBy(after, at)) {
      const former = formerly.get(idOf(made))
      // Most events of a run say nothing new of what it has made.
      if (former !== undefined && isEqual(former, made)) continue
      const { record, inputs, inputsAsOf, firstMadeAt } = made
      rows.describe(made)
      for (const { assetId, asset } of inputs) rows.declareEdge(record.assetId, assetId, asset, firstMadeAt)
      rows.columns.see(record.assetId, made.columnInputs, firstMadeAt, record.materializedAt)
      if (made.columns !== null) rows.columns.hold(record, made.columns)
      if (former === undefined) rows.insert(record, inputs, inputsAsOf)
      else {
        const upstreamIds = new Set(former.inputs.map(({ assetId }) => assetId))
        rows.replace({ record: former.record, upstreamIds }, record, inputs, inputsAsOf)
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
  for (const [outputId, { columnInputs }] of Object.entries(job.outputs)) {
    for (const [inputId, input] of declaredInputs(job, outputId))
      rows.declareEdge(outputId, inputId, input, event.eventTime)
    rows.columns.see(outputId, columnInputsOf(columnInputs), event.eventTime)
  }
}

/** So is what a dataset says that its columns are made from. */
function declareColumns(rows: RowCollector, { dataset, eventTime }: DatasetEvent): void {
  const { assetId } = dataset
  const inputs = columnInputsOf(withColumnInputs({}, dataset.facets, eventTime.getTime()))
  for (const input of inputs) rows.declareEdge(assetId, input.assetId, input.asset, eventTime)
  rows.columns.see(assetId, inputs, eventTime)
}

const idOf = ({ record }: MadeByRun) => record.materializationId
