import type { Access } from '../access/access.js'
import type { AssetRef } from '../asset-ref.js'
import type { RecordedColumns } from '../columns/check-columns.js'
import type { Materialization } from '../entities.js'
import { idInBatchOf, materializationIdOf } from '../materialization-id.js'
import { digestOf } from './content-digest.js'
import type { Input, RecordedAsset, Recording } from './recording.js'

/** A materialization as it would be written if nothing were there yet, with what it says of its asset. */
export interface PlannedMaterialization extends RecordedColumns {
  record: Materialization
  asset: AssetRef
  inputs: readonly Input[]
  kind: string | null
  kinds: readonly string[] | null
  description: string | null
}

/** A recording as it would be written if nothing were there yet. */
export interface PlannedRecording {
  /** Where it stands in the arguments: errors name the place. */
  field: string
  idempotencyKey: string | null
  contentHash: Buffer
  /** Characters of its content as JSON: how much there is to keep and to write. */
  contentLength: number
  materializations: readonly PlannedMaterialization[]
  /** Who records it, where that is somebody who may not everywhere: what its names stand for is looked at too. */
  by?: Access
}

/**
 * Gives each materialization of the recordings of a batch its id and its times. `field` is where a recording stands in
 * the arguments, `now` the server's clock.
 */
export function planRecordings(
  recordings: readonly { field: string; recording: Recording }[],
  now: Date,
): PlannedRecording[] {
  let dated = 0
  return recordings.map(({ field, recording }) => {
    const first = dated
    if (recording.materializedAt === null) dated += recording.assets.length
    return planRecording(field, recording, now, first)
  })
}

/** `first`: how many materializations the server's clock has dated in the recordings before this one. */
function planRecording(field: string, recording: Recording, now: Date, first: number): PlannedRecording {
  const materializedAt = recording.materializedAt ?? now
  const { hash, length } = digestOf(recording)
  return {
    field,
    idempotencyKey: recording.idempotencyKey,
    contentHash: hash,
    contentLength: length,
    materializations: recording.assets.map((recorded, at) => ({
      record: {
        assetId: recorded.assetId,
        materializationId: idOf(recording, recorded, at, first, materializedAt),
        version: recorded.version,
        jobId: recording.jobId,
        dagId: recording.dagId,
        nodeTaskId: recording.nodeTaskId,
        partitionKey: recorded.partitionKey,
        storageEventId: recording.storageEventId,
        sizeBytes: recorded.sizeBytes,
        checksum: recorded.checksum,
        uri: recorded.uri,
        codeVersion: recorded.codeVersion,
        metadata: recorded.metadata,
        materializedAt,
        recordedAt: now,
        runId: null,
      },
      asset: recorded.asset,
      inputs: recorded.inputs,
      kind: recorded.kind,
      kinds: recorded.kinds,
      description: recorded.description,
      columns: recorded.ofColumns?.columns ?? null,
      columnInputs: recorded.ofColumns?.columnInputs ?? [],
    })),
  }
}

/**
 * The same for every repeat, where anything makes a repeat of this materialization the same one. What is dated by its
 * executor has the same id in whatever batch it comes; what the server's clock dates has its place in this one.
 */
function idOf(
  { storageEventId, idempotencyKey, materializedAt: given }: Recording,
  { assetId }: RecordedAsset,
  at: number,
  first: number,
  materializedAt: Date,
): string {
  // Deliveries of one storage event may differ in time, and any of them may be the first to arrive.
  if (storageEventId !== null) return materializationIdOf(TIMELESS, 0, `event\0${storageEventId}\0${assetId}`)
  const seed = idempotencyKey === null ? undefined : `key\0${idempotencyKey}\0${at}\0${assetId}`
  if (given === null) return idInBatchOf(materializedAt, first + at, seed)
  return materializationIdOf(materializedAt, at, seed)
}

const TIMELESS = new Date(0)
