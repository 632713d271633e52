import type { ColumnRows } from '../columns/column-collector.js'
import type { Edge, Materialization } from '../entities.js'
import type { PlannedMaterialization, PlannedRecording } from './plan-recording.js'
import { RowCollector } from './row-collector.js'

/** A materialization that is stored already under a storage event that is being delivered again. */
export interface StoredMaterialization {
  record: Materialization
  upstreamIds: ReadonlySet<string>
}

/** Every row that a batch of recordings writes, each list in the order of its key, so that writers never deadlock. */
export interface WritePlan {
  assets: readonly AssetRow[]
  states: readonly StateRow[]
  inserted: readonly Materialization[]
  /** Stored materializations whose content and inputs are replaced. */
  replaced: readonly Materialization[]
  inputs: readonly InputRow[]
  slices: readonly SliceRow[]
  /** Slices that a replaced materialization has left. */
  leftSlices: readonly SliceRow[]
  edges: readonly EdgeRow[]
  /** Edges that a replaced materialization does not have any more. */
  lostEdges: readonly Edge[]
  columns: ColumnRows
  recordings: readonly RecordingRow[]
  /** For each recording the materializations it ends in, in the order of its input. */
  results: readonly (readonly Materialization[])[]
}

/** An asset that is named, recorded before or not. */
export interface AssetRow {
  id: string
  namespace: string
  key: string
  sortKey: string
}

/** What a write says of an asset: how it was newly described, and its latest materialization in this write. */
export interface StateRow {
  assetId: string
  kind: string
  /** Null where the kind is inferred. */
  kindAt: Date | null
  kinds: readonly string[]
  kindsAt: Date | null
  description: string | null
  descriptionAt: Date | null
  latestId: string | null
  latestAt: Date | null
}

/** One input of one materialization. */
export interface InputRow {
  assetId: string
  materializationId: string
  upstreamId: string
  position: number
  version: string | null
  partitionKey: string | null
  /** When the upstream was used: at materializedAt, but of a run when it started. */
  materializedAt: Date
}

/** The latest materialization of one slice, as far as this write knows. */
export interface SliceRow {
  assetId: string
  /** Empty for materializations without a partition. */
  partitionKey: string
  materializationId: string
  materializedAt: Date
}

/** An edge, and what this write adds to its counters. */
export interface EdgeRow extends Edge {
  firstSeenAt: Date
  lastSeenAt: Date
  /** How many more materializations have this edge now: less than 1 only where a stored one is replaced. */
  added: number
  /** From when to when this write declares it, whatever is made; null where it does not. */
  declaredFrom: Date | null
  declaredTo: Date | null
}

/** A recording that came with an idempotency key, and what it made. */
export interface RecordingRow {
  idempotencyKey: string
  contentHash: Buffer
  assetIds: readonly string[]
  materializationIds: readonly string[]
}

/**
 * Names what a storage event has made; null where a materialization is of none. Its id follows from the event and from
 * the name that it is recorded under: what is recorded under two names of one asset is two.
 */
export function storageEventOf({
  assetId,
  materializationId,
  storageEventId,
}: Materialization): string | null {
  return storageEventId === null ? null : `${assetId}\0${materializationId}`
}

/**
 * Turns recordings into rows. `stored` holds what is there already under the storage events of this write.
 * A delivery under a known storage event replaces what is there unless it is older by materializedAt; an older
 * one still leaves its edges and descriptions, so that any order of delivery ends in the same rows.
 */
export function planWrite(
  recordings: readonly PlannedRecording[],
  stored: ReadonlyMap<string, StoredMaterialization> = new Map(),
): WritePlan {
  const rows = new RowCollector()
  const newest = new Map<string, PlannedMaterialization>()
  for (const planned of recordings.flatMap(({ materializations }) => materializations)) {
    rows.describe(planned)
    describeColumns(rows, planned)
    const { assetId, materializedAt } = planned.record
    const event = storageEventOf(planned.record)
    if (event !== null)
      for (const input of planned.inputs)
        rows.declareEdge(assetId, input.assetId, input.asset, materializedAt)
    if (event === null) {
      rows.insert(planned.record, planned.inputs)
      if (planned.columns !== null) rows.columns.hold(planned.record, planned.columns)
      continue
    }
    const rival = newest.get(event)?.record ?? stored.get(event)?.record
    if (rival === undefined || planned.record.materializedAt >= rival.materializedAt)
      newest.set(event, planned)
  }

  const settled = new Map([...stored].map(([event, { record }]) => [event, record]))
  for (const [event, { record, inputs, columns }] of newest) {
    const before = stored.get(event)
    if (before === undefined) {
      rows.insert(record, inputs)
      if (columns !== null) rows.columns.hold(record, columns)
      settled.set(event, record)
    } else {
      const { materializationId, recordedAt } = before.record
      const after = { ...record, materializationId, recordedAt }
      rows.replace(before, after, inputs)
      if (columns !== null) rows.columns.hold(after, columns)
      settled.set(event, after)
    }
  }

  const results = recordings.map(({ materializations }) =>
    materializations.map(({ record }) => settled.get(storageEventOf(record) ?? '') ?? record),
  )
  return { ...rows.inKeyOrder(), recordings: recordingRows(recordings, results), results }
}

/** What a delivery says of columns for good. */
function describeColumns(
  rows: RowCollector,
  { record, columns, columnInputs }: PlannedMaterialization,
): void {
  const { assetId, materializedAt } = record
  if (columns !== null) rows.columns.state(assetId, columns, materializedAt)
  rows.columns.see(assetId, columnInputs, materializedAt)
}

function recordingRows(
  recordings: readonly PlannedRecording[],
  results: WritePlan['results'],
): RecordingRow[] {
  return recordings
    .flatMap(({ idempotencyKey, contentHash }, at) => {
      if (idempotencyKey === null) return []
      const made = results[at] ?? []
      return {
        idempotencyKey,
        contentHash,
        assetIds: made.map(({ assetId }) => assetId),
        materializationIds: made.map(({ materializationId }) => materializationId),
      }
    })
    .sort((a, b) => (a.idempotencyKey < b.idempotencyKey ? -1 : 1))
}
