import type {
  Asset,
  Edge,
  EdgeScope,
  LineageEdge,
  Materialization,
  MaterializationInput,
  MaterializationRef,
  Way,
} from '../lineage/entities.js'
import type { PlannedRecording } from '../lineage/recording/plan-recording.js'
import type { AssetName, GraphReader } from '../lineage/walk/graph-reader.js'

/**
 * All that Headwater asks of storage. Every answer shows what was committed before the question. Where storage
 * cannot answer now, every method throws a HeadwaterError with the code SERVICE_UNAVAILABLE.
 *
 * Methods that take a list answer for the whole list with one statement, in the order of the list.
 */
export interface Store {
  /** Writes everything or nothing; what it answers is committed. Throws IDEMPOTENCY_KEY_REUSED. */
  record(recordings: readonly PlannedRecording[]): Promise<RecordOutcome>
  /**
   * Lets `work` read one state of the graph: at least that of the watermark, where one is given. Throws
   * BAD_USER_INPUT where that is no watermark.
   */
  readGraph<T>(work: (graph: GraphReader) => Promise<T>, atLeast?: string | null): Promise<T>

  assets(ids: readonly string[]): Promise<(Asset | null)[]>
  /** In the order (namespace, key). */
  listAssets(filter: AssetFilter, page: PageRequest<AssetName>): Promise<Asset[]>
  countAssets(filter: AssetFilter): Promise<number>

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
  /** Newest first, of each asset. */
  histories(
    assetIds: readonly string[],
    filter: MaterializationFilter,
    page: PageRequest<MaterializationPosition>,
  ): Promise<Materialization[][]>
  historyLengths(assetIds: readonly string[], filter: MaterializationFilter): Promise<number[]>

  /** The inputs of each materialization, in the order recorded. */
  inputs(materializations: readonly Materialization[]): Promise<MaterializationInput[][]>
  /** The materializations that were made from each, newest first. */
  consumers(
    refs: readonly MaterializationRef[],
    page: PageRequest<MaterializationPosition>,
  ): Promise<Counted<Materialization>[]>

  /** The edges one way of each asset, in the order (namespace, key) of the assets at their far ends. */
  neighbours(
    assetIds: readonly string[],
    way: Way,
    scope: EdgeScope,
    page: PageRequest<AssetName>,
  ): Promise<Counted<Neighbour>[]>
  areCurrent(edges: readonly Edge[]): Promise<boolean[]>

  /** Resolves once the database has answered. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** What a write has come to. */
export interface RecordOutcome {
  /** For each recording. */
  recordings: { materializations: readonly Materialization[]; isDuplicate: boolean }[]
  watermark: string
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

/** Where a materialization stands in the order newest first. */
export type MaterializationPosition = Pick<Materialization, 'materializedAt' | 'materializationId'>

/** A partition of an asset, or the whole of it. */
export interface Slice {
  assetId: string
  /** Null for the asset as a whole. */
  partitionKey: string | null
}

/** An edge with the asset at its far end. */
export interface Neighbour {
  edge: LineageEdge
  asset: Asset
}

/** Every condition that is there must hold; a list holds where one of its members does. */
export interface AssetFilter {
  namespace?: string
  keys?: readonly string[]
  keyPrefix?: string
  kinds?: readonly string[]
  /** A part of the key, whatever the case of ASCII letters. */
  search?: string
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
