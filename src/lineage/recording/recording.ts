import type { AssetRef } from '../asset-ref.js'
import type { RecordedColumns } from '../columns/check-columns.js'

/** One thing a materialization was made from, as its executor named it. */
export interface Input {
  asset: AssetRef
  assetId: string
  version: string | null
  partitionKey: string | null
}

/** One materialization of a checked recording. */
export interface RecordedAsset {
  asset: AssetRef
  assetId: string
  version: string | null
  kind: string | null
  kinds: readonly string[] | null
  description: string | null
  sizeBytes: bigint | null
  checksum: string | null
  uri: string | null
  codeVersion: string | null
  metadata: Record<string, unknown>
  partitionKey: string | null
  /** The asset's own and the call's, each once, in the order given; then those that only its columns name. */
  inputs: readonly Input[]
  /** Absent where nothing is said: then nothing of it is in the content that repeats must agree in. */
  ofColumns?: RecordedColumns
}

/** A recording that has been checked and in which every default has been filled in. */
export interface Recording {
  jobId: string
  dagId: string | null
  nodeTaskId: string | null
  storageEventId: bigint | null
  idempotencyKey: string | null
  /** Null where the server's clock counts. */
  materializedAt: Date | null
  assets: readonly RecordedAsset[]
}
