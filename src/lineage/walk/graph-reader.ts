import type { Asset, Edge, EdgeScope, Sightings, Way } from '../entities.js'

/** How many direct neighbours a node has on each side. */
export interface Degree {
  upstream: number
  downstream: number
}

/** Where an asset stands in the order by name. */
export type AssetName = Pick<Asset, 'namespace' | 'key'>

/**
 * What the traversal core asks of a graph. All answers of one reader show the same state of it, so a walk may
 * ask as often as it needs; what it asks at once is answered in one round trip. Lists of ids hold no duplicates; ids that the graph lacks are passed over.
 */
export interface GraphReader {
  /** A token for everything recorded up to this state. */
  watermark(): Promise<string>
  /**
   * The rings around a frontier: the n-th holds what can be reached in n hops and not in fewer, counted from the
   * frontier alone. Gives one ring, and as many more as it can give cheaply, up to `hops` rings and about `enough`
   * nodes. Where a ring is empty it is the last, and nothing lies beyond.
   */
  rings(
    frontier: readonly string[],
    way: Way,
    scope: EdgeScope,
    hops: number,
    enough: number,
  ): Promise<string[][]>
  /** Of these assets the first `count` in the order (namespace, key), from behind `after` on. */
  firstByName(ids: readonly string[], after: AssetName | null, count: number): Promise<string[]>
  names(ids: readonly string[]): Promise<Map<string, AssetName>>
  assets(ids: readonly string[]): Promise<Map<string, Asset>>
  degrees(ids: readonly string[], scope: EdgeScope): Promise<Map<string, Degree>>
  /** The edges between two of these assets, by their ends alone. */
  linksAmong(ids: readonly string[], scope: EdgeScope): Promise<Edge[]>
  /**
   * The edges between two of `ids`, and between one of them and one of `others`; the two have none in common. With
   * their sightings where these are wanted.
   */
  edgesAmong(
    ids: readonly string[],
    others: readonly string[],
    scope: EdgeScope,
    withSightings: boolean,
  ): Promise<(Edge & Partial<Sightings>)[]>
}
