import type { Asset, EdgeScope, LineageEdge, Way } from '../entities.js'

/** How many direct neighbours a node has on each side. */
export interface Degree {
  upstream: number
  downstream: number
}

/** Where an asset stands in the order by name. */
export type AssetName = Pick<Asset, 'namespace' | 'key'>

/**
 * What the traversal core asks of a graph. All answers of one reader show the same state of it, so a walk may
 * ask as often as it needs. Lists of ids hold no duplicates; ids that the graph lacks are passed over.
 */
export interface GraphReader {
  /** A token for everything recorded up to this state. */
  readonly watermark: string
  /**
   * The rings around a frontier: the n-th holds what can be reached in n hops and not in fewer, counted from the
   * frontier alone. Gives at least one ring unless there is none, and as many more as it can give cheaply, up to
   * `hops` rings and about `enough` nodes; fewer rings say nothing about what lies beyond.
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
  assets(ids: readonly string[]): Promise<Map<string, Asset>>
  degrees(ids: readonly string[], scope: EdgeScope): Promise<Map<string, Degree>>
  /** The edges between two of these assets. */
  edgesAmong(ids: readonly string[], scope: EdgeScope): Promise<LineageEdge[]>
}
