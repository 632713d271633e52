import { edgeIdOf, type Graph, type GraphEdge, type GraphNode, neighboursOf } from './graph.js'

/** No node connects more pairs than this when it is hidden: beyond, what it connected is left unconnected, and said. */
const MOST_PAIRS = 20_000

/**
 * The graph without some of its nodes. What these connected stays connected, over the fewest hidden nodes: A → (hidden)
 * → B becomes A → B with `viaCount` 1. `isCut`: there were too many such pairs, and some are missing.
 */
export function contracted(
  graph: Graph,
  isHidden: (node: GraphNode) => boolean,
): { graph: Graph; hiddenCount: number; isCut: boolean } {
  const hidden = new Set(graph.nodes.filter(isHidden).map(({ id }) => id))
  if (hidden.size === 0) return { graph, hiddenCount: 0, isCut: false }
  const { downstream } = neighboursOf(graph)
  const nodes = graph.nodes.filter(({ id }) => !hidden.has(id))
  const edges = graph.edges.filter(({ from, to }) => !hidden.has(from) && !hidden.has(to))
  const known = new Set(edges.map(edgeIdOf))
  let pairs = 0
  for (const { id } of nodes) {
    for (const [to, viaCount] of beyond(id, hidden, downstream)) {
      if (pairs >= MOST_PAIRS) return { graph: { nodes, edges }, hiddenCount: hidden.size, isCut: true }
      const edge: GraphEdge = { from: id, to, viaCount, members: 1, isBack: to === id, change: null }
      if (known.has(edgeIdOf(edge))) continue
      pairs++
      edges.push(edge)
    }
  }
  return { graph: { nodes, edges }, hiddenCount: hidden.size, isCut: false }
}

/** What a node leads to over hidden nodes alone, with the fewest of them on the way. */
function beyond(
  start: string,
  hidden: ReadonlySet<string>,
  next: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const found = new Map<string, number>()
  const passed = new Map((next.get(start) ?? []).filter((id) => hidden.has(id)).map((id) => [id, 1]))
  for (const [id, count] of passed)
    for (const far of next.get(id) ?? [])
      if (hidden.has(far)) {
        if (!passed.has(far)) passed.set(far, count + 1)
      } else if (!found.has(far)) found.set(far, count)
  return found
}
