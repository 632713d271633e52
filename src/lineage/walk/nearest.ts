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
  const take = (nodes: Int32Array) => {
    found.push(...nodes.subarray(0, Math.max(0, count - found.length)))
    return nodes
  }
  const roots = await Promise.all(assetIds.map((id) => graph.nodeOf(id)))
  let frontier = take(Int32Array.from(roots.flatMap((node) => node ?? []).filter((node) => seen.add(node))))
  while (frontier.length > 0 && found.length < count) {
    for (const ring of await graph.expand(frontier, seen, way, 'ALL', 64, count)) frontier = take(ring)
  }
  return graph.idsOf(found)
}
