import type { Access } from '../lineage/access/access.js'
import type { AssetRef } from '../lineage/asset-ref.js'
import type { CheckRef, CheckResult } from '../lineage/checks/check-result.js'
import type { PlannedChecks } from '../lineage/checks/plan-checks.js'
import type { Column } from '../lineage/columns/column.js'
import type { NodeConfig } from '../lineage/config/node-config.js'
import type { MadeAsset, RegisteredNode } from '../lineage/config/node-status.js'
import type {
  Asset,
  Edge,
  EdgeScope,
  LineageEdge,
  Materialization,
  MaterializationInput,
  MaterializationRef,
  Sightings,
  Way,
} from '../lineage/entities.js'
import type { OtherNames } from '../lineage/names/asset-names.js'
import type { LineageEvent } from '../lineage/openlineage/event.js'
import type { RunRef } from '../lineage/openlineage/run-id.js'
import type { Run, RunState } from '../lineage/openlineage/run-outcome.js'
import type { PlannedRecording } from '../lineage/recording/plan-recording.js'
import type { SoughtWord } from '../lineage/search/matches.js'
import type { AssetCondition } from '../lineage/selection/selection.js'
import type { SliceReader } from '../lineage/staleness/slice-graph.js'
import type { ColumnGraph } from '../lineage/walk/column-walk.js'
import type { AssetName, GraphReader } from '../lineage/walk/graph-reader.js'
import type { MaterializationGraph } from '../lineage/walk/provenance.js'
import type { RequestEnd } from './request-end.js'
import type { WebhookStore } from './webhook-store.js'

/**
 * All that Headwater asks of storage. Every answer shows what was committed by this store before the question, and by
 * anybody else; but for `readGraph` and `neighbours`, which may show the commits of others a moment late. Where storage
 * cannot answer now, every method throws a HeadwaterError with the code SERVICE_UNAVAILABLE.
 *
 * Methods that take a list answer for the whole list with one statement, in the order of the list. What they find
 * nothing of is asked for once more, of the asset that its name has come to stand for meanwhile (see `followed`).
 */
export interface Store {
  /** The same for one request: when its time is over, what it still reads ends, in the database too. */
  within(end: RequestEnd): Store
  /**
   * The same for a caller: this store itself, where all may be read. Else only what is in the namespaces that may be:
   * nothing tells what is in others from what is not there, but that it is counted where an answer would be untrue.
   */
  visibleTo(access: Access): Store
  /** Writes everything or nothing; what it answers is committed. Throws IDEMPOTENCY_KEY_REUSED. */
  record(recordings: readonly PlannedRecording[]): Promise<RecordOutcome>
  /** Keeps an event and, where it is new, applies it; what it answers is committed. */
  ingest(event: LineageEvent): Promise<void>
  /**
   * Lets `work` read one state of the graph. `work` may be run again from its beginning, where the graph has changed
   * under it. Throws BAD_USER_INPUT where `atLeast` is no watermark.
   */
  readGraph<T>(work: (graph: GraphReader) => Promise<T>, state?: GraphState): Promise<T>
  /**
   * Lets `work` read the graph as it was at any times, all by what is recorded in one state. Throws BAD_USER_INPUT for a
   * time of which history has been pruned.
   */
  readHistory<T>(work: (at: (time: Date) => GraphReader) => Promise<T>): Promise<T>
  /** Lets `work` read one state of the materializations, and of what each was made from. */
  readProvenance<T>(work: (graph: MaterializationGraph) => Promise<T>): Promise<T>
  /** Lets `work` read one state of the graph of columns; with direct edges alone, or with all. */
  readColumns<T>(withIndirect: boolean, work: (graph: ColumnGraph) => Promise<T>): Promise<T>
  /** Lets `work` read one state of what is latest, and of what that was made from. */
  readSlices<T>(work: (reader: SliceReader) => Promise<T>): Promise<T>

  /** The id of the asset that each name, by the id that follows from it, stands for: its own where it is no alias. */
  canonicalIds(ids: readonly string[]): Promise<string[]>
  /** The name that each id follows from, of assets that have several; null for others. */
  names(ids: readonly string[]): Promise<(AssetRef | null)[]>
  /** The other names of each asset: the first in the order (namespace, key), and how many there are. */
  otherNames(assetIds: readonly string[]): Promise<OtherNames[]>
  assets(ids: readonly string[]): Promise<(Asset | null)[]>
  /** In the order (namespace, key). */
  listMatching(condition: AssetCondition, page: PageRequest<AssetName>): Promise<Asset[]>
  countMatching(condition: AssetCondition): Promise<number>
  /** The ids of the assets that fulfil each condition, 16 bytes each, in no order; `most` of each at most. */
  matchingIds(conditions: readonly AssetCondition[], most: number): Promise<Uint8Array[]>
  /** The best first: at most `count`. */
  searchAssets(request: SearchRequest): Promise<SearchOutcome>
  /** Changes what is said of an asset, as of `now`; null where it is not there. */
  updateAsset(assetId: string, changes: AssetChanges, now: Date): Promise<Asset | null>
  /** From `at` on an asset is not current any more, or is again; null where it is not there. */
  retireAsset(assetId: string, at: Date): Promise<Asset | null>
  restoreAsset(assetId: string, at: Date): Promise<Asset | null>
  /** Most materialized first: what has been materialized after `since`; null: of all namespaces. */
  assetHealth(since: Date, count: number, namespace: string | null): Promise<AssetHealth[]>

  materializations(refs: readonly MaterializationRef[]): Promise<(Materialization | null)[]>
  /** The latest by (materializedAt, id) of each slice; of the whole asset where partitionKey is null. */
  latestMaterializations(slices: readonly Slice[]): Promise<(Materialization | null)[]>
  newestWithVersion(assetId: string, version: string): Promise<Materialization | null>
  /** Newest first, over all assets. */
  listMaterializations(
    filter: MaterializationFilter,
    page: PageRequest<MaterializationPosition>,
  ): Promise<Materialization[]>
  countMaterializations(filter: MaterializationFilter): Promise<number>
  /**
   * All that has been recorded since a watermark, by whatever server, and is from now on, until `signal` says so: each
   * once, as it was last written, in the order of transactions, which is the same for all; null: from now on. While
   * storage cannot answer later it waits. Throws BAD_USER_INPUT for what is no watermark of this database.
   */
  recorded(since: string | null, signal: AbortSignal): Promise<RecordedSince>
  /** Newest first, of each asset. */
  histories(
    assetIds: readonly string[],
    filter: MaterializationFilter,
    page: PageRequest<MaterializationPosition>,
  ): Promise<Materialization[][]>
  historyLengths(assetIds: readonly string[], filter: MaterializationFilter): Promise<number[]>

  /** The latest schema of each asset, and the schema of each materialization; empty where nobody has stated one. */
  schemas(assetIds: readonly string[]): Promise<(readonly Column[])[]>
  schemasHeld(refs: readonly MaterializationRef[]): Promise<(readonly Column[])[]>

  /** The inputs of each materialization, in the order recorded. */
  inputs(materializations: readonly Materialization[]): Promise<Inputs[]>
  /** The materializations that were made from each, newest first. */
  consumers(
    refs: readonly MaterializationRef[],
    page: PageRequest<MaterializationPosition>,
  ): Promise<Counted<Materialization>[]>

  /** How many there are of each that may not be seen. */
  hiddenConsumers(refs: readonly MaterializationRef[]): Promise<number[]>

  runs(ids: readonly string[]): Promise<(Run | null)[]>
  /** Newest first. */
  listRuns(filter: RunFilter, page: PageRequest<RunPosition>): Promise<Run[]>
  countRuns(filter: RunFilter): Promise<number>
  /** The runs that name each as their parent, newest first. */
  childRuns(ids: readonly string[], page: PageRequest<RunPosition>): Promise<Run[][]>
  childRunCounts(ids: readonly string[]): Promise<number[]>
  /** What each run has made, newest first. */
  madeByRuns(ids: readonly string[], page: PageRequest<MaterializationPosition>): Promise<Materialization[][]>
  madeByRunCounts(ids: readonly string[]): Promise<number[]>
  /** The ids of the assets that each run is said to use, or to make, in the order (namespace, key). */
  datasetsOfRuns(ids: readonly string[], request: DatasetsRequest): Promise<Counted<string>[]>

  /** The edges one way of each asset, in the order (namespace, key) of the assets at their far ends. */
  neighbours(assetIds: readonly string[], request: NeighbourRequest): Promise<Counted<Neighbour>[]>
  /** Of a piece of all edges those that were last seen before a time. */
  unusedEdges(request: UnusedEdgesRequest): Promise<UnusedEdgesPiece>
  /** Now, or at a time: by the latest materializations at or before it. */
  areCurrent(edges: readonly Edge[], asOf: Date | null): Promise<boolean[]>

  /** Takes the place of all that was registered of these nodes, as of `now`: of all of them or of none. */
  registerNodes(nodes: readonly NodeConfig[], now: Date, unlessRegistered: boolean): Promise<NodeConfig[]>
  /** What is registered of these nodes, for every run and for this one; `andOwn`: and of all others of this run. */
  registeredNodes(dagId: string, nodeTaskIds: readonly string[], andOwn: boolean): Promise<RegisteredNode[]>
  /** What each node of a run, or one of them, has made: each asset once. */
  madeInRun(dagId: string, nodeTaskId: string | null): Promise<MadeAsset[]>
  /** The latest in a run of each slice: of what some nodes made there, or of some assets. */
  latestInRun(
    dagId: string,
    of: { nodeTaskIds: readonly string[] } | { assetIds: readonly string[] },
  ): Promise<Materialization[]>
  /** The assets that some nodes are registered for, or have made of late, in whatever run. */
  assetsMadeBy(nodeTaskIds: readonly string[]): Promise<string[]>
  /** The assets that a node has used of late, in whatever run. */
  assetsUsedBy(nodeTaskId: string): Promise<string[]>

  /**
   * Writes all of them or none, and answers with what is stored: for a repeat what the first call wrote. Throws
   * IDEMPOTENCY_KEY_REUSED, and MATERIALIZATION_NOT_FOUND.
   */
  recordChecks(checks: PlannedChecks): Promise<CheckResult[]>
  checkResults(refs: readonly CheckRef[]): Promise<(CheckResult | null)[]>
  /** Newest first: of each materialization, or of all of an asset. */
  checkHistories(of: readonly CheckedThing[], page: PageRequest<CheckPosition>): Promise<CheckResult[][]>
  checkCounts(of: readonly CheckedThing[]): Promise<number[]>

  /** All of them, whoever asks: what callers may see of them is for use cases to say. */
  webhooks: WebhookStore

  /** Resolves once the database has answered. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Which state of the graph to read. */
export interface GraphState {
  /** A watermark: at least that state of what is recorded. */
  atLeast?: string | null | undefined
  /** As the graph was at this time, by what is recorded; null as it is. BAD_USER_INPUT where that has been pruned. */
  asOf?: Date | null
}

/** What a write has come to. */
export interface RecordOutcome {
  /** For each recording. */
  recordings: { materializations: readonly Materialization[]; isDuplicate: boolean }[]
  watermark: string
}

/** Something that has been recorded. */
export interface RecordedEvent {
  materialization: Materialization
  asset: Asset
  /** Of the asset: the first of them. */
  otherNames: readonly AssetRef[]
  /** Of everything up to this. */
  watermark: string
}

/** All that is recorded since a watermark. */
export interface RecordedSince {
  since: string
  pages: AsyncGenerator<RecordedEvent[]>
}

/** A stretch of an ordered list: the first `count` from behind `after` on. */
export interface PageRequest<Position> {
  after: Position | null
  count: number
}

/** A stretch of a list, with the length of the whole. */
export interface Counted<Item> {
  items: Item[]
  total: number
}

/** What a materialization was made from. */
export interface Inputs {
  items: MaterializationInput[]
  /** How many more there are that may not be seen. */
  hidden: number
}

/** Where a materialization stands in the order newest first. */
export type MaterializationPosition = Pick<Materialization, 'materializedAt' | 'materializationId'>

/** A partition of an asset, or the whole of it. */
export interface Slice {
  assetId: string
  /** Null for the asset as a whole. */
  partitionKey: string | null
}

/** Which neighbours to find. */
export interface NeighbourRequest {
  way: Way
  scope: EdgeScope
  page: PageRequest<AssetName>
  /** Whether to say when, and how often, each edge was seen; storage may say it unasked. */
  withSightings: boolean
}

/** An edge with the asset at its far end. */
export interface Neighbour {
  edge: Edge & Partial<Sightings>
  asset: Asset
}

/** Which edges count as unused. */
export interface UnusedEdgesRequest {
  before: Date
  /** Of the downstream asset; null for all. */
  namespace: string | null
  /** The edge behind which to begin, in the order (downstreamId, upstreamId). */
  after: Edge | null
  /** The most to answer with. */
  count: number
}

/** What has been found in one piece of all edges, in the order (downstreamId, upstreamId). */
export interface UnusedEdgesPiece {
  edges: LineageEdge[]
  /** The last edge that has been looked at; null where it was the last of all. */
  lookedUpTo: Edge | null
}

/** What to look for. Null: of all namespaces, of all kinds. */
export interface SearchRequest {
  query: string
  namespace: string | null
  kinds: readonly string[] | null
  count: number
}

/**
 * How an asset was found, the best first: by its key; by how that begins; by whole parts of it; by how parts begin; by
 * what stands within it; by what is said of it; by words that are near to those that were asked for.
 */
export type SearchRank =
  | 'KEY'
  | 'KEY_BEGINNING'
  | 'PARTS'
  | 'PART_BEGINNINGS'
  | 'WITHIN_KEY'
  | 'ANYWHERE'
  | 'NEAR'

/** What a search has found. */
export interface SearchOutcome {
  found: { assetId: string; rank: SearchRank }[]
  /** The words that were looked for, with those that were taken for them. */
  words: readonly SoughtWord[]
  /** Whether everything that could be found was looked at; there is more all the same where `found` is full. */
  isWhole: boolean
}

/** Every condition that is there must hold. */
export interface MaterializationFilter {
  jobId?: string
  dagId?: string
  nodeTaskId?: string
  partitionKey?: string
  version?: string
  /** materializedAt at or after. */
  since?: Date
  /** materializedAt before. */
  until?: Date
}

/** Every condition that is there must hold. */
export interface RunFilter {
  jobNamespace?: string
  /** With jobNamespace alone. */
  jobName?: string
  dagId?: string
  state?: RunState
  /** begunAt at or after. */
  since?: Date
  /** begunAt before. */
  until?: Date
  parent?: RunRef
}

/** Where a run stands in the order newest first. */
export type RunPosition = Pick<Run, 'begunAt' | 'id'>

/** Which of the assets that a run names: behind the one of an id, in the order of their names. */
export interface DatasetsRequest {
  side: 'INPUTS' | 'OUTPUTS'
  page: PageRequest<string>
}

/** What is to be said of an asset; what is undefined stays as it is. */
export interface AssetChanges {
  kind?: string
  kinds?: readonly string[]
  /** Empty for none. */
  description?: string
  tags?: Record<string, unknown>
  owners?: readonly string[]
  /** Whether what has been stated before stays as it is. */
  unlessStated?: boolean
}

/** What has become of an asset in a span of time. */
export interface AssetHealth {
  assetId: string
  /** Of distinct DAG runs. */
  dagCount: number
  materializationCount: bigint
  lastMaterializedAt: Date
}

/** What has checks: one materialization, or, where that is null, an asset with all of its. */
export interface CheckedThing {
  assetId: string
  materializationId: string | null
}

/** Where a check result stands in the order newest first. */
export type CheckPosition = Pick<CheckResult, 'checkedAt' | 'checkId'>
