import type { RequestOptions } from './http/endpoint.js'
import { assetFound, materializationFound } from './lists/found.js'
import { eachItem, type Page, type PageArgs, pageOf } from './lists/page.js'
import { joinPages, LARGEST_WALK, type LineageGraph, type WalkVariables, walkPages } from './lists/walk.js'
import {
  AssetChecksDocument,
  type AssetConfigInput,
  AssetCountDocument,
  AssetDocument,
  AssetDownstreamDocument,
  AssetFreshnessDocument,
  AssetHealthDocument,
  AssetImpactDocument,
  AssetMaterializationsDocument,
  AssetStalenessDocument,
  AssetsDocument,
  AssetUpstreamDocument,
  DagStatusDocument,
  LatestMaterializationDocument,
  LineageDocument,
  MaterializationByVersionDocument,
  MaterializationChecksDocument,
  MaterializationConsumersDocument,
  MaterializationDocument,
  MaterializationsDocument,
  NodeDocument,
  NodeStatusDocument,
  RecordCheckResultsDocument,
  type RecordCheckResultsInput,
  RecordMaterializationBatchDocument,
  RecordMaterializationsDocument,
  type RecordMaterializationsInput,
  RegisterAssetConfigDocument,
  SearchAssetsDocument,
  type SearchAssetsQueryVariables,
  UpdateAssetDocument,
  type UpdateAssetInput,
  UpstreamAssetsDocument,
} from './operations.generated.js'
import { inBatches } from './recording/batches.js'
import { withKey } from './recording/idempotency-key.js'
import { type RecordOutcome, recordEach } from './recording/record-each.js'
import {
  type AnyNode,
  type Asset,
  type AssetConfigPayload,
  type AssetHealth,
  type AssetListArgs,
  type AssetName,
  type AssetSearch,
  type CheckResult,
  type Freshness,
  type Impact,
  type Materialization,
  type MaterializationListArgs,
  type MaterializationWithInputs,
  type Neighbour,
  type NodeMaterializationStatus,
  type RecordingPayload,
  refOf,
  type ScopeArgs,
  type Staleness,
  type UpstreamAsset,
  type WalkArgs,
} from './types.js'
import { WebhookClient } from './webhooks/webhook-client.js'

/**
 * A Headwater server, a method an operation: recording, asking, walking, following, webhooks; what has no method is
 * asked by `request`. Every method throws a HeadwaterError, or the reason of
 * the signal it was given; transient errors are tried again first. A method whose name begins with `each` goes
 * through a list of any length. What asks for something by a name or an id that is unknown answers with null, what
 * goes through its lists or walks from it throws.
 */
export class LineageClient extends WebhookClient {
  // Recording

  /** Records what one run made: all of it or nothing. Makes an idempotency key where there is none. */
  async recordMaterializations(
    input: RecordMaterializationsInput,
    options?: RequestOptions,
  ): Promise<RecordingPayload> {
    const { recordMaterializations } = await this.request(
      RecordMaterializationsDocument,
      { input: withKey(input) },
      options,
    )
    return recordMaterializations
  }

  /** Records 1 to 100 runs in one transaction: all or nothing. */
  async recordMaterializationBatch(
    inputs: readonly RecordMaterializationsInput[],
    options?: RequestOptions,
  ): Promise<RecordingPayload[]> {
    const { recordMaterializationBatch } = await this.request(
      RecordMaterializationBatchDocument,
      { inputs: inputs.map(withKey) },
      options,
    )
    return recordMaterializationBatch
  }

  /**
   * Records any number of runs, in batches, and says in their order what became of each: one that is refused does
   * not keep the others from being recorded.
   */
  async *recordAll(
    inputs: Iterable<RecordMaterializationsInput> | AsyncIterable<RecordMaterializationsInput>,
    options?: RequestOptions,
  ): AsyncGenerator<RecordOutcome, void, undefined> {
    for await (const batch of inBatches(inputs)) {
      yield* await recordEach(
        (part) => this.recordMaterializationBatch(part, options),
        // Here already: what is sent again in smaller parts keeps its key.
        batch.map(withKey),
      )
    }
  }

  // Assets

  /** Null where none of this name has been recorded or named as an upstream. */
  async asset(name: AssetName): Promise<Asset | null> {
    const { asset } = await this.request(AssetDocument, refOf(name))
    return asset
  }

  /** Assets in the order (namespace, key). */
  async assets(args: AssetListArgs & PageArgs = {}): Promise<Page<Asset>> {
    const { assets } = await this.request(AssetsDocument, args)
    return pageOf(assets)
  }

  /** All of them. */
  eachAsset(args: AssetListArgs = {}): AsyncGenerator<Asset, void, undefined> {
    return eachItem((page) => this.assets({ ...args, ...page }))
  }

  /** How many there are; it costs counting them. */
  async countAssets({ filter }: AssetListArgs = {}): Promise<number> {
    const { assets } = await this.request(AssetCountDocument, { filter })
    return assets.totalCount
  }

  /** What an asset has been made from, directly, in the order (namespace, key). */
  async upstream(name: AssetName, args: ScopeArgs & PageArgs = {}): Promise<Page<Neighbour> | null> {
    const { asset } = await this.request(AssetUpstreamDocument, { ...refOf(name), ...args })
    return asset && pageOf({ nodes: asset.upstream.edges, pageInfo: asset.upstream.pageInfo })
  }

  /** All of it. */
  eachUpstream(name: AssetName, args: ScopeArgs = {}): AsyncGenerator<Neighbour, void, undefined> {
    return eachItem(async (page) => assetFound(await this.upstream(name, { ...args, ...page }), name))
  }

  /** What has been made from an asset, directly, in the order (namespace, key). */
  async downstream(name: AssetName, args: ScopeArgs & PageArgs = {}): Promise<Page<Neighbour> | null> {
    const { asset } = await this.request(AssetDownstreamDocument, { ...refOf(name), ...args })
    return asset && pageOf({ nodes: asset.downstream.edges, pageInfo: asset.downstream.pageInfo })
  }

  /** All of it. */
  eachDownstream(name: AssetName, args: ScopeArgs = {}): AsyncGenerator<Neighbour, void, undefined> {
    return eachItem(async (page) => assetFound(await this.downstream(name, { ...args, ...page }), name))
  }

  /** Kind, kinds, description, tags, owners; what is absent stays. Throws ASSET_NOT_FOUND. */
  async updateAsset(input: UpdateAssetInput): Promise<Asset> {
    const { updateAsset } = await this.request(UpdateAssetDocument, { input })
    return updateAsset
  }

  /** Whether it was made lately. */
  async freshness(name: AssetName): Promise<Freshness | null> {
    const { asset } = await this.request(AssetFreshnessDocument, refOf(name))
    return asset?.freshness ?? null
  }

  /** Whether what it was made from has changed since, and which change furthest upstream explains it. */
  async staleness(name: AssetName, partitionKey?: string): Promise<Staleness | null> {
    const { asset } = await this.request(AssetStalenessDocument, { ...refOf(name), partitionKey })
    return asset?.staleness ?? null
  }

  /** What would be affected by changing it. */
  async impact(name: AssetName): Promise<Impact | null> {
    const { asset } = await this.request(AssetImpactDocument, refOf(name))
    return asset?.impact ?? null
  }

  /** The assets that a query finds, best first, at most `first` (50 by default), and whether these are all. */
  async searchAssets(
    query: string,
    args: Omit<SearchAssetsQueryVariables, 'query'> = {},
  ): Promise<AssetSearch> {
    const { searchAssets } = await this.request(SearchAssetsDocument, { query, ...args })
    return searchAssets
  }

  // Materializations

  /** The materialization of this id, with its inputs. */
  async materialization(id: string): Promise<MaterializationWithInputs | null> {
    const { materialization } = await this.request(MaterializationDocument, { id })
    return materialization
  }

  /** The newest materialization of an asset with exactly this version: a cache look-up. */
  async materializationByVersion(
    name: AssetName,
    version: string,
  ): Promise<MaterializationWithInputs | null> {
    const variables = { asset: refOf(name), version }
    const { materializationByVersion } = await this.request(MaterializationByVersionDocument, variables)
    return materializationByVersion
  }

  /** The latest by materializedAt, of a partition where one is given; null where there is none. */
  async latestMaterialization(
    name: AssetName,
    partitionKey?: string,
  ): Promise<MaterializationWithInputs | null> {
    const variables = { ...refOf(name), partitionKey }
    const { asset } = await this.request(LatestMaterializationDocument, variables)
    return asset?.latestMaterialization ?? null
  }

  /** Materializations of all assets, newest first. */
  async materializations(args: MaterializationListArgs & PageArgs = {}): Promise<Page<Materialization>> {
    const { materializations } = await this.request(MaterializationsDocument, args)
    return pageOf(materializations)
  }

  /** All of them. */
  eachMaterialization(args: MaterializationListArgs = {}): AsyncGenerator<Materialization, void, undefined> {
    return eachItem((page) => this.materializations({ ...args, ...page }))
  }

  /** The history of an asset, newest first. */
  async history(
    name: AssetName,
    args: MaterializationListArgs & PageArgs = {},
  ): Promise<Page<Materialization> | null> {
    const { asset } = await this.request(AssetMaterializationsDocument, { ...refOf(name), ...args })
    return asset && pageOf(asset.materializations)
  }

  /** All of it. */
  eachOfHistory(
    name: AssetName,
    args: MaterializationListArgs = {},
  ): AsyncGenerator<Materialization, void, undefined> {
    return eachItem(async (page) => assetFound(await this.history(name, { ...args, ...page }), name))
  }

  /** The materializations that were made from this one, newest first. */
  async consumers(id: string, args: PageArgs = {}): Promise<Page<Materialization> | null> {
    const { materialization } = await this.request(MaterializationConsumersDocument, { id, ...args })
    return materialization && pageOf(materialization.consumers)
  }

  /** All of them. */
  eachConsumer(id: string): AsyncGenerator<Materialization, void, undefined> {
    return eachItem(async (page) => materializationFound(await this.consumers(id, page), id))
  }

  /** Whatever has this global id. */
  async node(id: string): Promise<AnyNode | null> {
    const { node } = await this.request(NodeDocument, { id })
    return node
  }

  // Walking

  /** One answer of a walk: it says whether it is complete, and how to go on. Throws ASSET_NOT_FOUND. */
  async lineage({ root, ...args }: WalkArgs & { after?: string | undefined }): Promise<LineageGraph> {
    const { lineage } = await this.request(LineageDocument, { root: refOf(root), ...args })
    return lineage
  }

  /** The answers of a walk, each of at most `limit` nodes, continued until nothing is left of it. */
  walk({ root, ...args }: WalkArgs): AsyncGenerator<LineageGraph, void, undefined> {
    const answerTo = async (variables: WalkVariables) => {
      const { lineage } = await this.request(LineageDocument, variables)
      return lineage
    }
    return walkPages(answerTo, { root: refOf(root), ...args })
  }

  /** All of a walk as one graph, whatever its size: it is complete unless `depth` or a recording meanwhile stopped it. */
  wholeLineage(args: WalkArgs): Promise<LineageGraph> {
    return joinPages(this.walk({ limit: LARGEST_WALK, ...args }))
  }

  // Expectations and status

  /** Says what nodes are expected to make. Each node named is replaced as a whole, the others stay. */
  async registerAssetConfig(input: AssetConfigInput): Promise<AssetConfigPayload> {
    const { registerAssetConfig } = await this.request(RegisterAssetConfigDocument, { input })
    return registerAssetConfig
  }

  /** How far a node of a DAG run has come; null where neither has been heard of. */
  async nodeStatus(dagId: string, nodeTaskId: string): Promise<NodeMaterializationStatus | null> {
    const { nodeStatus } = await this.request(NodeStatusDocument, { dagId, nodeTaskId })
    return nodeStatus
  }

  /** The same for every node of a DAG run. */
  async dagStatus(dagId: string): Promise<NodeMaterializationStatus[]> {
    const { dagStatus } = await this.request(DagStatusDocument, { dagId })
    return dagStatus
  }

  /** What the upstream nodes of a node have produced: in this DAG run where they have, else lately. */
  async upstreamAssets(dagId: string, nodeTaskId: string): Promise<UpstreamAsset[]> {
    const { upstreamAssets } = await this.request(UpstreamAssetsDocument, { dagId, nodeTaskId })
    return upstreamAssets
  }

  /**
   * The assets materialized in the last hours (24 by default), of all namespaces or one, most materialized first, at
   * most `first` (50 by default).
   */
  async assetHealth(
    args: { lastHours?: number | undefined; first?: number | undefined; namespace?: string | undefined } = {},
  ): Promise<AssetHealth[]> {
    const { assetHealth } = await this.request(AssetHealthDocument, args)
    return assetHealth
  }

  // Checks

  /** Records what checks of a materialization came to. Makes an idempotency key where there is none. */
  async recordCheckResults(input: RecordCheckResultsInput, options?: RequestOptions): Promise<CheckResult[]> {
    const variables = { input: withKey(input) }
    const { recordCheckResults } = await this.request(RecordCheckResultsDocument, variables, options)
    return recordCheckResults
  }

  /** The checks of an asset, newest first. */
  async checks(name: AssetName, args: PageArgs = {}): Promise<Page<CheckResult> | null> {
    const { asset } = await this.request(AssetChecksDocument, { ...refOf(name), ...args })
    return asset && pageOf(asset.checks)
  }

  /** All of them. */
  eachCheck(name: AssetName): AsyncGenerator<CheckResult, void, undefined> {
    return eachItem(async (page) => assetFound(await this.checks(name, page), name))
  }

  /** The checks of one materialization, newest first. */
  async materializationChecks(id: string, args: PageArgs = {}): Promise<Page<CheckResult> | null> {
    const { materialization } = await this.request(MaterializationChecksDocument, { id, ...args })
    return materialization && pageOf(materialization.checks)
  }

  /** All of them. */
  eachMaterializationCheck(id: string): AsyncGenerator<CheckResult, void, undefined> {
    return eachItem(async (page) => materializationFound(await this.materializationChecks(id, page), id))
  }
}
