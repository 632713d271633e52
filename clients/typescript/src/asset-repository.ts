import { HeadwaterError } from './errors.js'
import type { EndpointOptions } from './http/endpoint.js'
import { LineageClient } from './lineage-client.js'
import type {
  AssetHealthInfo,
  AssetInfo,
  AssetLatestInfo,
  AssetLineage,
  DownstreamAssetInfo,
  MaterializationInfo,
} from './models.js'
import type { AssetRef } from './operations.generated.js'
import type { Materialization, NodeMaterializationStatus } from './types.js'

/** A client of one's own, or how to make one; and the namespace of all keys, `default` by default. */
export type AssetRepositoryOptions = (EndpointOptions | { client: LineageClient }) & { namespace?: string }

/** Answers what Marie-AI's AssetRepository answers, by the same names in camelCase. Throws a HeadwaterError. */
export class AssetRepository {
  readonly #client: LineageClient
  readonly #namespace: string | undefined

  constructor({ namespace, ...options }: AssetRepositoryOptions = {}) {
    this.#client = 'client' in options ? options.client : new LineageClient(options)
    this.#namespace = namespace
  }

  /** Null where nobody has recorded it or named it as an upstream. */
  async getAssetInfo(assetKey: string): Promise<AssetInfo | null> {
    const asset = await this.#client.asset(this.#ref(assetKey))
    if (asset === null) return null
    const { id, namespace, kind, kinds, description, tags, owners, createdAt, updatedAt } = asset
    return {
      id,
      assetKey,
      namespace,
      kind,
      kinds,
      description,
      tags,
      owners,
      createdAt: new Date(createdAt),
      updatedAt: new Date(updatedAt),
    }
  }

  /** Of the asset as a whole, or of one partition. Null where it has not been made. */
  async getLatestVersion(assetKey: string, partitionKey?: string): Promise<AssetLatestInfo | null> {
    const latest = await this.#client.latestMaterialization(this.#ref(assetKey), partitionKey)
    return (
      latest && {
        assetKey,
        version: latest.version,
        latestAt: new Date(latest.materializedAt),
        partitionKey: latest.partitionKey,
      }
    )
  }

  /** The newest first, at most `limit`; empty for an unknown asset. */
  async getMaterializationHistory(assetKey: string, limit = 10): Promise<MaterializationInfo[]> {
    const history: MaterializationInfo[] = []
    let after: string | undefined
    while (history.length < limit) {
      const first = Math.min(limit - history.length, 1_000)
      const page = await this.#client.history(this.#ref(assetKey), { first, after })
      history.push(...(page?.nodes ?? []).map(materializationInfo))
      if (!page?.hasNextPage || page.endCursor === null) break
      after = page.endCursor
    }
    return history
  }

  /** The newest materialization of exactly this version, or null: one look-up, whatever the length of the history. */
  async getMaterializationByVersion(assetKey: string, version: string): Promise<MaterializationInfo | null> {
    const found = await this.#client.materializationByVersion(this.#ref(assetKey), version)
    return found && materializationInfo(found)
  }

  /**
   * One hop up and down; `LineageClient.walk` goes further. Throws ASSET_NOT_FOUND: of an unknown asset an answer
   * without neighbours would say that a change is safe.
   */
  async getLineage(assetKey: string): Promise<AssetLineage> {
    const ref = this.#ref(assetKey)
    const latest = await this.#client.latestMaterialization(ref)
    const upstream = (latest?.inputs ?? []).map(({ asset, version, partitionKey }) => ({
      assetKey: asset.key,
      version,
      partitionKey,
      namespace: asset.namespace,
    }))
    const downstreamAssets: DownstreamAssetInfo[] = []
    let after: string | undefined
    do {
      const page = await this.#client.downstream(ref, { first: 1_000, after })
      if (page === null)
        throw new HeadwaterError('ASSET_NOT_FOUND', `no asset ${JSON.stringify(assetKey)} is known`)
      downstreamAssets.push(
        ...page.nodes.map(({ node: { key, namespace } }) => ({ assetKey: key, namespace })),
      )
      after = page.hasNextPage ? (page.endCursor ?? undefined) : undefined
    } while (after !== undefined)
    const downstream = downstreamAssets.map(({ assetKey: key }) => key)
    return { assetKey, upstream, downstream, downstreamAssets }
  }

  /** How far a node of a DAG run has come; null where it is unknown. */
  getNodeStatus(dagId: string, nodeTaskId: string): Promise<NodeMaterializationStatus | null> {
    return this.#client.nodeStatus(dagId, nodeTaskId)
  }

  /** The same for every node of a DAG run; empty for an unknown run. */
  getDagStatus(dagId: string): Promise<NodeMaterializationStatus[]> {
    return this.#client.dagStatus(dagId)
  }

  /**
   * The assets materialized in the last hours, most materialized first, at most `first` (1 to 1,000): those of the
   * repository's namespace; of all, where it has none.
   */
  async getAssetHealthSummary(hours = 24, first = 1_000): Promise<AssetHealthInfo[]> {
    const health = await this.#client.assetHealth({ lastHours: hours, first, namespace: this.#namespace })
    return health.map(({ asset, dagCount, materializationCount, lastMaterializedAt }) => ({
      assetKey: asset.key,
      namespace: asset.namespace,
      kind: asset.kind,
      dagCount,
      materializationCount,
      lastMaterialized: new Date(lastMaterializedAt),
    }))
  }

  /** Lets go of idle connections. */
  cleanup(): void {
    this.#client.close()
  }

  #ref(key: string): AssetRef {
    return this.#namespace === undefined ? { key } : { key, namespace: this.#namespace }
  }
}

function materializationInfo(one: Materialization): MaterializationInfo {
  const { id, storageEventId, jobId, dagId, nodeTaskId, partitionKey, sizeBytes, checksum, uri, metadata } =
    one
  return {
    id,
    storageEventId,
    assetKey: one.asset.key,
    assetVersion: one.version,
    jobId,
    dagId,
    nodeTaskId,
    partitionKey,
    sizeBytes,
    checksum,
    uri,
    metadata,
    createdAt: new Date(one.materializedAt),
  }
}
