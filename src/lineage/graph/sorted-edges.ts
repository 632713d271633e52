import type { EdgeList } from './edge-list.js'
import { at } from './growing.js'

/** How many edges a step of sorting takes: about a millisecond's work. */
const STEP = 50_000

/**
 * Edges in compressed sparse rows, both ways. Edges are numbered anew: those into node n, in the order of their
 * upstream nodes, are intoFirst[n] up to, not including, intoFirst[n + 1]; those out of it are
 * outOf[outOfFirst[n]] up to, not including, outOf[outOfFirst[n + 1]].
 */
export interface SortedEdges {
  nodeCount: number
  /** The number that each edge had before. */
  from: Int32Array
  upstreamOf: Int32Array<ArrayBuffer>
  downstreamOf: Int32Array<ArrayBuffer>
  intoFirst: Int32Array
  outOfFirst: Int32Array
  outOf: Int32Array
  /** The downstream node of each of these, side by side, so that walking down reads one array after the other. */
  outOfNode: Int32Array
}

/**
 * Sorts the first `count` edges of a list, in steps between which more may be added to it. Time follows the number of
 * edges and nodes: two counting sorts, by upstream node, then (stable) by downstream node.
 */
export function* sortEdges(list: EdgeList, count: number, nodeCount: number): Generator<void, SortedEdges> {
  const byUpstream = yield* countingSort(null, list.upstreamOf, count, nodeCount)
  const byBoth = yield* countingSort(byUpstream.sorted, list.downstreamOf, count, nodeCount)
  const from = byBoth.sorted
  const upstreamOf = new Int32Array(count)
  const downstreamOf = new Int32Array(count)
  for (let edge = 0; edge < count; edge++) {
    upstreamOf[edge] = at(list.upstreamOf, at(from, edge))
    downstreamOf[edge] = at(list.downstreamOf, at(from, edge))
    if (edge % STEP === 0) yield
  }
  const outOf = yield* countingSort(null, upstreamOf, count, nodeCount)
  const outOfNode = new Int32Array(count)
  for (let place = 0; place < count; place++) {
    outOfNode[place] = at(downstreamOf, at(outOf.sorted, place))
    if (place % STEP === 0) yield
  }
  return {
    nodeCount,
    from,
    upstreamOf,
    downstreamOf,
    intoFirst: byBoth.first,
    outOfFirst: outOf.first,
    outOf: outOf.sorted,
    outOfNode,
  }
}

/**
 * Sorts edges (in the order given; null for that of their numbers) by a node of each; `first` tells where the edges
 * of each node begin. Keeps the order of equals.
 */
function* countingSort(
  edges: Int32Array | null,
  nodeOf: Int32Array,
  count: number,
  nodeCount: number,
): Generator<void, { sorted: Int32Array; first: Int32Array }> {
  const first = new Int32Array(nodeCount + 1)
  for (let edge = 0; edge < count; edge++) {
    const next = at(nodeOf, edge) + 1
    first[next] = at(first, next) + 1
    if (edge % STEP === 0) yield
  }
  for (let node = 0; node < nodeCount; node++) first[node + 1] = at(first, node + 1) + at(first, node)
  yield
  const free = first.slice()
  const sorted = new Int32Array(count)
  for (let place = 0; place < count; place++) {
    const edge = edges === null ? place : at(edges, place)
    const node = at(nodeOf, edge)
    const target = at(free, node)
    free[node] = target + 1
    sorted[target] = edge
    if (place % STEP === 0) yield
  }
  return { sorted, first }
}
