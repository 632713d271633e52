import type { EdgeList } from './edge-list.js'

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
  const upstreamOf = yield* gather(list.upstreamOf, from)
  const downstreamOf = yield* gather(list.downstreamOf, from)
  const outOf = yield* countingSort(null, upstreamOf, count, nodeCount)
  return {
    nodeCount,
    from,
    upstreamOf,
    downstreamOf,
    intoFirst: byBoth.first,
    outOfFirst: outOf.first,
    outOf: outOf.sorted,
    outOfNode: yield* gather(downstreamOf, outOf.sorted),
  }
}

// Elements are read in place here, for `at` is compiled once for arrays of all kinds, which takes twice as long.

/** The node of each edge, in the order of a list of edges. */
export function* gather(nodeOf: Int32Array, edges: Int32Array): Generator<void, Int32Array<ArrayBuffer>> {
  const nodes = new Int32Array(edges.length)
  for (let start = 0; start < edges.length; start += STEP) {
    const end = Math.min(start + STEP, edges.length)
    for (let place = start; place < end; place++) nodes[place] = nodeOf[edges[place] ?? 0] ?? 0
    yield
  }
  return nodes
}

/**
 * Sorts edges (in the order given; null for that of their numbers) by a node of each; `first` tells where the edges
 * of each node begin. Keeps the order of equals.
 */
export function* countingSort(
  edges: Int32Array | null,
  nodeOf: Int32Array,
  count: number,
  nodeCount: number,
): Generator<void, { sorted: Int32Array; first: Int32Array }> {
  const first = new Int32Array(nodeCount + 1)
  for (let start = 0; start < count; start += STEP) {
    countNodes(nodeOf, start, Math.min(start + STEP, count), first)
    yield
  }
  for (let node = 0; node < nodeCount; node++) first[node + 1] = (first[node + 1] ?? 0) + (first[node] ?? 0)
  yield
  const free = first.slice()
  const sorted = new Int32Array(count)
  for (let start = 0; start < count; start += STEP) {
    place(edges, nodeOf, start, Math.min(start + STEP, count), free, sorted)
    yield
  }
  return { sorted, first }
}

function countNodes(nodeOf: Int32Array, start: number, end: number, first: Int32Array): void {
  for (let edge = start; edge < end; edge++) {
    const next = (nodeOf[edge] ?? 0) + 1
    first[next] = (first[next] ?? 0) + 1
  }
}

function place(
  edges: Int32Array | null,
  nodeOf: Int32Array,
  start: number,
  end: number,
  free: Int32Array,
  sorted: Int32Array,
): void {
  for (let index = start; index < end; index++) {
    const edge = edges === null ? index : (edges[index] ?? 0)
    const node = nodeOf[edge] ?? 0
    const target = free[node] ?? 0
    free[node] = target + 1
    sorted[target] = edge
  }
}
