import type { Way } from '../entities.js'
import { Closure } from './closure.js'
import type { GraphReader } from './graph-reader.js'

/** How many assets lie one way of a root. */
export interface CountedReach {
  /** At each distance, from 1 hop on; each counts once, the root not at all. */
  byDistance: number[]
  /** Of those next to the root, or to one that is counted, how many may not be seen; and of those next to the root. */
  withheld: { all: number; direct: number }
}

/** About how many nodes one request to the graph brings. */
const ENOUGH = 10_000

/** Counts everything one way of a root. */
export async function countByDistance(graph: GraphReader, rootId: string, way: Way): Promise<CountedReach> {
  const root = await graph.nodeOf(rootId)
  if (root === undefined) return { byDistance: [], withheld: { all: 0, direct: 0 } }
  const closure = new Closure(graph, way, 'ALL', root)
  const byDistance: number[] = []
  let direct = 0
  for (let distance = 1; ; distance++) {
    const { length } = await closure.ring(distance, ENOUGH)
    if (distance === 1) direct = graph.withheld
    if (length === 0) return { byDistance, withheld: { all: graph.withheld, direct } }
    byDistance.push(length)
  }
}
