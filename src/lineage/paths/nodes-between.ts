import type { EdgeScope, Way } from '../entities.js'
import { Closure } from '../walk/closure.js'
import type { GraphReader } from '../walk/graph-reader.js'
import type { Pace } from '../walk/pace.js'

/** About how many nodes one request to the graph may bring. */
const ENOUGH = 10_000

/** All that lies one way of a node, and that node. */
export interface Side {
  way: Way
  nodes: readonly number[]
}

/**
 * Among what every way from one node to another runs: all downstream of the one, or all upstream of the other. The two
 * closures grow by turns, always the one with less, and the first to be whole is taken: so the cost follows the smaller
 * of them. Throws TimeIsOver.
 */
export async function nodesBetween(
  graph: GraphReader,
  from: number,
  to: number,
  scope: EdgeScope,
  pace: Pace,
): Promise<Side> {
  const side = (way: Way, root: number) => ({
    way,
    closure: new Closure(graph, way, scope, root),
    distance: 0,
    nodes: [root],
  })
  const down = side('DOWNSTREAM', from)
  const up = side('UPSTREAM', to)
  for (;;) {
    pace.check()
    const less = down.nodes.length <= up.nodes.length ? down : up
    const ring = await less.closure.ring(++less.distance, ENOUGH)
    if (ring.length === 0) return less
    for (const node of ring) less.nodes.push(node)
  }
}
