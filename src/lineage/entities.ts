/** A named thing that is produced. */
export interface Asset {
  assetId: string
  namespace: string
  key: string
  kind: string
  kinds: readonly string[]
  description: string | null
  tags: Record<string, unknown>
  owners: readonly string[]
  createdAt: Date
  updatedAt: Date
  /** Since when it is retired; null where it is not. */
  retiredAt: Date | null
}

/** One production of an asset. */
export interface Materialization {
  assetId: string
  materializationId: string
  version: string | null
  jobId: string
  dagId: string | null
  nodeTaskId: string | null
  partitionKey: string | null
  storageEventId: bigint | null
  sizeBytes: bigint | null
  checksum: string | null
  uri: string | null
  codeVersion: string | null
  metadata: Record<string, unknown>
  materializedAt: Date
  recordedAt: Date
  /** The `id` of the run whose events tell of it; null where it was recorded. */
  runId: string | null
}

/** Names one materialization; the two ids always travel together. */
export type MaterializationRef = Pick<Materialization, 'assetId' | 'materializationId'>

/** What one materialization was made from, with the very materialization where that is known. */
export interface MaterializationInput {
  upstreamId: string
  /** The version that the executor named, if it named one. */
  namedVersion: string | null
  partitionKey: string | null
  /** Null where it is not recorded, or has been pruned. */
  materialization: Materialization | null
  isPruned: boolean
  /** Of the one that has been pruned. */
  prunedVersion: string | null
}

/** The downstream asset has been made from the upstream one. */
export interface Edge {
  upstreamId: string
  downstreamId: string
}

/** When and how often an edge was seen. Times are materializedAt of the downstream materializations. */
export interface Sightings {
  firstSeenAt: Date
  lastSeenAt: Date
  materializationCount: bigint
}

/** An edge with all that is known of it. */
export interface LineageEdge extends Edge, Sightings {}

/** ALL: some materialization, ever. CURRENT: the latest materialization of at least one partition. */
export type EdgeScope = 'CURRENT' | 'ALL'

/** One way along the edges. */
export type Way = 'UPSTREAM' | 'DOWNSTREAM'

/** BOTH is the upstream closure plus the downstream closure. */
export type Direction = Way | 'BOTH'
