import type { Way } from '../entities.js'
import { Closure } from './closure.js'
import type { GraphReader } from './graph-reader.js'

/** About how many nodes one request to the graph brings. */
const ENOUGH = 10_000

/** How many assets lie at each distance one way of a root, from 1 hop on; each counts once, the root not at all. */
export async function countByDistance(graph: GraphReader, rootId: string, way: Way): Promise<number[]> {
  const root = await graph.nodeOf(rootId)
  if (root === undefined) return []
  const closure = new Closure(graph, way, 'ALL', root)
  const counts: number[] = []
  for (let distance = 1; ; distance++) {
    const { length } = await closure.ring(distance, ENOUGH)
    if (length === 0) return counts
    counts.push(length)
  }
}
