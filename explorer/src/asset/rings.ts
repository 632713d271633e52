import { type Graph, type GraphNode, neighboursOf } from '../graph/model/graph.js'

/** The assets that lie equally far, and the same way, from the root. */
export interface Ring {
  /** Hops: less than 0 upstream, more downstream; null for what no walk from the root comes to. */
  offset: number | null
  nodes: GraphNode[]
}

/**
 * The nodes of a graph by how far upstream or downstream of its root they lie: what is both stands where it is nearer, upstream
 * where it is equally near. Farthest upstream first; within a ring in the order of the graph.
 */
export function ringsOf(graph: Graph, root: string): Ring[] {
  const { upstream, downstream } = neighboursOf(graph)
  const above = distancesFrom(root, upstream)
  const below = distancesFrom(root, downstream)
  const rings = new Map<number | null, Ring>()
  for (const node of graph.nodes) {
    const [up, down] = [above.get(node.id), below.get(node.id)]
    const offset = up !== undefined && (down === undefined || up <= down) ? -up || 0 : (down ?? null)
    const ring = rings.get(offset) ?? { offset, nodes: [] }
    ring.nodes.push(node)
    rings.set(offset, ring)
  }
  return [...rings.values()].sort(
    (a, b) => (a.offset ?? Number.POSITIVE_INFINITY) - (b.offset ?? Number.POSITIVE_INFINITY),
  )
}

/** The least number of hops to all that can be reached. */
function distancesFrom(root: string, next: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const distances = new Map([[root, 0]])
  for (const [id, distance] of distances)
    for (const far of next.get(id) ?? []) if (!distances.has(far)) distances.set(far, distance + 1)
  return distances
}
