import type { ColumnDependencyInput, ColumnInputInput } from '../columns/check-columns.js'

/** What an executor says it was made from. Absent and null mean the same throughout. */
export interface UpstreamRefInput {
  key: string
  namespace?: string | null | undefined
  version?: string | null | undefined
  partitionKey?: string | null | undefined
}

/** One asset that a run made. */
export interface MaterializedAssetInput {
  key: string
  namespace?: string | null | undefined
  version?: string | null | undefined
  kind?: string | null | undefined
  kinds?: readonly string[] | null | undefined
  description?: string | null | undefined
  sizeBytes?: bigint | null | undefined
  checksum?: string | null | undefined
  uri?: string | null | undefined
  codeVersion?: string | null | undefined
  metadata?: Record<string, unknown> | null | undefined
  partitionKey?: string | null | undefined
  upstream?: readonly UpstreamRefInput[] | null | undefined
  columns?: readonly ColumnInputInput[] | null | undefined
  /** What all columns were made from. */
  columnDependencies?: readonly ColumnDependencyInput[] | null | undefined
}

/** What one run made, and from what: the input of a recording, not yet checked. */
export interface RecordingInput {
  jobId: string
  dagId?: string | null | undefined
  nodeTaskId?: string | null | undefined
  partitionKey?: string | null | undefined
  storageEventId?: bigint | null | undefined
  idempotencyKey?: string | null | undefined
  materializedAt?: Date | null | undefined
  assets: readonly MaterializedAssetInput[]
  upstream?: readonly UpstreamRefInput[] | null | undefined
}
