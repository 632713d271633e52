import type { EdgeScope } from '../entities.js'
import { Closure } from './closure.js'
import type { GraphReader } from './graph-reader.js'
import type { Pace } from './pace.js'

/** About how many nodes one request to the graph may bring. */
const ENOUGH = 10_000

/**
 * Nodes among which every way from one node to another runs: all downstream of the one, or all upstream of the other,
 * with that node itself. The two closures grow by turns, always the one with less, and the first to be whole is taken:
 * so the cost follows the smaller of them. Throws TimeIsOver.
 */
export async function nodesBetween(
  graph: GraphReader,
  from: number,
  to: number,
  scope: EdgeScope,
  pace: Pace,
): Promise<number[]> {
  const down = { closure: new Closure(graph, 'DOWNSTREAM', scope, from), distance: 0, nodes: [from] }
  const up = { closure: new Closure(graph, 'UPSTREAM', scope, to), distance: 0, nodes: [to] }
  for (;;) {
    pace.check()
    const side = down.nodes.length <= up.nodes.length ? down : up
    const ring = await side.closure.ring(++side.distance, ENOUGH)
    if (ring.length === 0) return side.nodes
    for (const node of ring) side.nodes.push(node)
  }
}
