import type { Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { GraphReader } from './graph-reader.js'

/** These assets, and what lies one way of them, nearest first, until there are about `count`. */
export async function nearest(
  graph: GraphReader,
  assetIds: readonly string[],
  way: Way,
  count: number,
): Promise<string[]> {
  const seen = new NodeSet()
  const found: number[] = []
  const take = (nodes: Iterable<number | undefined>) => {
    const fresh: number[] = []
    for (const node of nodes) if (node !== undefined && seen.add(node)) fresh.push(node)
    found.push(...fresh.slice(0, Math.max(0, count - found.length)))
    return fresh
  }
  let frontier = take(await Promise.all(assetIds.map((id) => graph.nodeOf(id))))
  while (frontier.length > 0 && found.length < count) {
    for (const ring of await graph.rings(frontier, way, 'ALL', 64, count)) frontier = take(ring)
  }
  return graph.idsOf(found)
}
