import type { Asset, EdgeScope, Sightings, Way } from '../entities.js'
import type { NodeSet } from '../graph/node-set.js'
import type { OtherNames } from '../names/asset-names.js'

/** How many direct neighbours a node has on each side. */
export interface Degree {
  upstream: number
  downstream: number
}

/** Where an asset stands in the order by name. */
export type AssetName = Pick<Asset, 'namespace' | 'key'>

/** Nodes, as lists or typed arrays. */
export type Nodes = ArrayLike<number> & Iterable<number>

/** Edges by the numbers of their ends, side by side. */
export interface LinkPiece {
  upstreams: Int32Array
  downstreams: Int32Array
}

/** How many of some nodes are of one kind, in one namespace. */
export interface Tally extends Pick<Asset, 'namespace' | 'kind'> {
  assetCount: number
}

/** An edge by the numbers of its ends. */
export interface Link {
  upstream: number
  downstream: number
  /** Where it stands for a way over hidden nodes: these, from the upstream end to the downstream one. */
  via?: readonly number[]
}

/**
 * What the traversal core asks of any graph, of assets or of materializations: by numbers, each of which stands for a
 * node as long as the reader is used. `Position` says where a node stands in the order of nodes. All answers about
 * the graph show the same state of it, so a walk may ask as often as it needs; what it asks at once is answered in
 * one round trip. Lists of nodes hold no duplicates.
 */
export interface WalkableGraph<Position, L extends Link = Link> {
  /** The ids of nodes, in the order given. */
  idsOf(nodes: Nodes): string[]
  /**
   * The rings around a frontier: the n-th holds what lies n hops away and `visited` lacks, each node once; they are
   * added to it. Gives one ring, and as many more as it can give cheaply, up to `hops` rings and about `enough`
   * nodes. An empty ring is the last.
   */
  expand(
    frontier: Int32Array,
    visited: NodeSet,
    way: Way,
    scope: EdgeScope,
    hops: number,
    enough: number,
  ): Promise<Int32Array[]>
  /** Of these nodes the first `count` in their order, from behind `after` on. */
  firstByName(nodes: Nodes, after: Position | null, count: number): Promise<number[]>
  /** The edges between two of `nodes`, and between one of them and one of `others`; the two have none in common. */
  links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<L[]>
}

/**
 * The graph of assets, in the order (namespace, key). What is not of the graph but of its rows (assets, sightings) may
 * be newer than the state that it shows, never older.
 */
export interface GraphReader extends WalkableGraph<AssetName> {
  /** A token for everything recorded up to this state. */
  watermark(): Promise<string>
  /** The number of an asset, by the id of any of its names; undefined where the graph lacks it. */
  nodeOf(assetId: string): Promise<number | undefined>
  /** The nodes of those of these assets that the graph has, of 16 bytes each; in no order. */
  nodesAt(ids: Uint8Array): Promise<Int32Array>
  /** All nodes, or `most` of them; where `namespaces` is not null, of those in one of these. */
  allNodes(most: number, namespaces: readonly string[] | null): Promise<Int32Array>
  /** How many nodes it has come to, and not given, because whoever asks may not see them. */
  readonly withheld: number
  /** Of each node, in the order given. */
  degrees(nodes: readonly number[], scope: EdgeScope): Promise<Degree[]>
  /** The direct neighbours of each node, in the order given. */
  neighboursOf(nodes: readonly number[], way: Way, scope: EdgeScope): Promise<Int32Array[]>
  /** All edges that there are now, in pieces: of one state, also where the graph moves on meanwhile. */
  allLinks(): AsyncIterable<LinkPiece>
  /** Those of these nodes that are in one of some namespaces. */
  ofNamespaces(nodes: Nodes, namespaces: readonly string[]): Promise<number[]>
  /** The name that an asset's id follows from, of assets that have several; null for others. */
  nameOf(assetId: string): Promise<AssetName | null>

  /** The row of each node, in the order given; null where there is none. */
  assets(nodes: readonly number[]): Promise<(Asset | null)[]>
  /** What else each node is called, in the order given; where `namespaces` is not null, in these alone. */
  otherNames(nodes: readonly number[], namespaces: readonly string[] | null): Promise<OtherNames[]>
  /** The rows counted, of nodes without duplicates. */
  tally(nodes: Nodes): Promise<Tally[]>
  /** When, and how often, each edge was seen, in the order given. */
  sightings(links: readonly Link[]): Promise<(Sightings | null)[]>
}
