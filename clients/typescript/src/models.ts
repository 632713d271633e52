/** What is known of an asset. */
export interface AssetInfo {
  id: string
  assetKey: string
  namespace: string
  kind: string
  kinds: string[]
  description: string | null
  tags: Record<string, unknown>
  owners: string[]
  createdAt: Date
  updatedAt: Date
}

/** The newest version of an asset. */
export interface AssetLatestInfo {
  assetKey: string
  version: string | null
  latestAt: Date
  partitionKey: string | null
}

/** One production of an asset. */
export interface MaterializationInfo {
  id: string
  /** Beyond 2^53 a decimal string. */
  storageEventId: number | string | null
  assetKey: string
  assetVersion: string | null
  jobId: string
  dagId: string | null
  nodeTaskId: string | null
  partitionKey: string | null
  /** Beyond 2^53 a decimal string. */
  sizeBytes: number | string | null
  checksum: string | null
  uri: string | null
  metadata: Record<string, unknown>
  /** When it was made, as its executor says. */
  createdAt: Date
}

/** Something that an asset was made from. */
export interface UpstreamAssetInfo {
  assetKey: string
  /** The version used. */
  version: string | null
  partitionKey: string | null
  namespace: string
}

/** Something that was made from an asset. */
export interface DownstreamAssetInfo {
  assetKey: string
  namespace: string
}

/** One hop of lineage, both ways. */
export interface AssetLineage {
  assetKey: string
  /** What its latest materialization was made from. */
  upstream: UpstreamAssetInfo[]
  /** The keys of all assets that have ever been made from it. */
  downstream: string[]
  /** The same, with their namespaces. */
  downstreamAssets: DownstreamAssetInfo[]
}

/** How often an asset was materialized lately. */
export interface AssetHealthInfo {
  assetKey: string
  namespace: string
  kind: string
  dagCount: number
  /** Beyond 2^53 a decimal string. */
  materializationCount: number | string
  lastMaterialized: Date
}
