import type { EdgeScope, Way } from '../entities.js'
import type { Nodes } from '../walk/graph-reader.js'
import { EdgeList } from './edge-list.js'
import { at, grown } from './growing.js'
import type { NodeSet } from './node-set.js'
import { type SortedEdges, sortEdges } from './sorted-edges.js'

const NO_EDGES: SortedEdges = {
  nodeCount: 0,
  from: new Int32Array(0),
  upstreamOf: new Int32Array(0),
  downstreamOf: new Int32Array(0),
  intoFirst: new Int32Array(1),
  outOfFirst: new Int32Array(1),
  outOf: new Int32Array(0),
  outOfNode: new Int32Array(0),
}

/** Nodes are numbered below this, so that both ends of an edge fit one exact number. */
export const MOST_NODES = 2 ** 26

/**
 * The edges of a graph, both ways: most of them sorted, in typed arrays; what has come since as an overlay of linked
 * lists, until it is sorted in (`compact`). Of each edge one bit says whether it is current; of each node, whether the
 * bits of the edges into it are known (`isSettled`).
 */
export class Adjacency {
  #edges = new EdgeList()
  #sorted = NO_EDGES
  /** 1 for an edge that is current. */
  #isCurrent = new Uint8Array(0)
  #isSettled = new Uint8Array(0)
  /** Of each node, the overlay's newest edge into it, and out of it, and 1; 0 where there is none. */
  #newestInto = new Int32Array(0)
  #newestOutOf = new Int32Array(0)
  /** Of each overlay edge, the next older one of the same node, and 1. */
  #olderInto = new Int32Array(0)
  #olderOutOf = new Int32Array(0)
  /** Of all nodes, overlay included. */
  #upstreamCount = new Int32Array(0)
  #downstreamCount = new Int32Array(0)
  #overlay = new Set<number>()
  /** Where neighbours are put together. */
  #found = new Int32Array(0)

  get count(): number {
    return this.#edges.count
  }

  /** How many edges have come since they were last sorted. */
  get unsorted(): number {
    return this.#edges.count - this.#sorted.from.length
  }

  /** Memory of it all, in bytes; a hash table's entry is taken for 32. */
  get bytes(): number {
    const { from, intoFirst, outOfFirst, outOf, outOfNode } = this.#sorted
    const arrays = [
      from,
      intoFirst,
      outOfFirst,
      outOf,
      outOfNode,
      this.#isCurrent,
      this.#isSettled,
      this.#newestInto,
      this.#newestOutOf,
      this.#olderInto,
      this.#olderOutOf,
      this.#upstreamCount,
      this.#downstreamCount,
      this.#found,
    ]
    const ofArrays = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return this.#edges.bytes + ofArrays + 32 * this.#overlay.size
  }

  /** All edges. What is here stays as it is: edges are added behind, and sorted into other arrays. */
  get all(): { upstreams: Int32Array; downstreams: Int32Array } {
    const { upstreamOf, downstreamOf, count } = this.#edges
    return { upstreams: upstreamOf.subarray(0, count), downstreams: downstreamOf.subarray(0, count) }
  }

  /** Adds an edge, whose ends have to be below 2^26; says whether it is new. */
  add(upstream: number, downstream: number): boolean {
    this.#makeRoom(Math.max(upstream, downstream) + 1)
    const name = downstream * MOST_NODES + upstream
    if (this.#overlay.has(name) || this.#findSorted(upstream, downstream) >= 0) return false
    this.#overlay.add(name)
    this.#hang(this.#edges.push(upstream, downstream))
    this.#upstreamCount[downstream] = at(this.#upstreamCount, downstream) + 1
    this.#downstreamCount[upstream] = at(this.#downstreamCount, upstream) + 1
    return true
  }

  /** How many direct neighbours a node has, current or not. */
  degree(node: number, way: Way): number {
    return at(way === 'UPSTREAM' ? this.#upstreamCount : this.#downstreamCount, node)
  }

  /** The direct neighbours of nodes, one after another: a node may come more than once. For scope CURRENT see `isSettled`. */
  neighbours(nodes: Nodes, way: Way, scope: EdgeScope): Int32Array {
    const count = this.#collect(nodes, way, scope)
    return this.#found.slice(0, count)
  }

  /** Those of the direct neighbours of nodes that `visited` lacks, each once; they are added to it. */
  expand(nodes: Int32Array, visited: NodeSet, way: Way, scope: EdgeScope): Int32Array {
    const count = this.#collect(nodes, way, scope)
    return this.#found.slice(0, visited.addAll(this.#found, count))
  }

  /**
   * Puts the direct neighbours of nodes into `#found`, and answers with their number. A walk's time is spent here:
   * elements are read in place, for `at` is compiled once for arrays of all kinds.
   */
  #collect(nodes: Nodes, way: Way, scope: EdgeScope): number {
    const isUp = way === 'UPSTREAM'
    const { intoFirst, outOfFirst, outOf, outOfNode, nodeCount } = this.#sorted
    const first = isUp ? intoFirst : outOfFirst
    // Edges into a node are numbered in order; of those out of it the far ends are kept in order.
    const far = isUp ? this.#edges.upstreamOf : outOfNode
    const isCurrent = scope === 'CURRENT' ? this.#isCurrent : null
    let found = this.#found
    let count = 0
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] ?? 0
      if (node >= nodeCount) continue
      const end = first[node + 1] ?? 0
      let place = first[node] ?? 0
      if (count + end - place > found.length) found = this.#found = grown(found, count + end - place)
      for (; place < end; place++)
        if (isCurrent === null || isCurrent[isUp ? place : (outOf[place] ?? 0)] === 1)
          found[count++] = far[place] ?? 0
    }
    return this.#overlay.size === 0 ? count : this.#collectUnsorted(nodes, way, isCurrent, count)
  }

  #collectUnsorted(nodes: Nodes, way: Way, isCurrent: Uint8Array | null, from: number): number {
    const far = way === 'UPSTREAM' ? this.#edges.upstreamOf : this.#edges.downstreamOf
    let count = from
    for (const node of nodes) {
      for (const edge of this.#unsortedEdgesOf(node, way)) {
        if (isCurrent !== null && isCurrent[edge] !== 1) continue
        this.#found = grown(this.#found, count + 1)
        this.#found[count++] = at(far, edge)
      }
    }
    return count
  }

  /** The numbers of the edges into a node. */
  *#edgesInto(node: number): Generator<number> {
    const { intoFirst, nodeCount } = this.#sorted
    if (node < nodeCount)
      for (let edge = at(intoFirst, node); edge < at(intoFirst, node + 1); edge++) yield edge
    yield* this.#unsortedEdgesOf(node, 'UPSTREAM')
  }

  /** The numbers of the overlay's edges of a node, one way. */
  *#unsortedEdgesOf(node: number, way: Way): Generator<number> {
    const isUp = way === 'UPSTREAM'
    const newest = isUp ? this.#newestInto : this.#newestOutOf
    const older = isUp ? this.#olderInto : this.#olderOutOf
    for (let edge = at(newest, node) - 1; edge >= 0; edge = this.#older(older, edge)) yield edge
  }

  /** Whether it is known which edges into a node are current. */
  isSettled(node: number): boolean {
    return this.#isSettled[node] === 1
  }

  /** From now on it is not known which edges into a node are current. */
  unsettle(node: number): void {
    this.#makeRoom(node + 1)
    this.#isSettled[node] = 0
  }

  /** Says which edges into a node are current: those from these upstream nodes. */
  settle(node: number, currentUpstreams: ReadonlySet<number>): void {
    this.#makeRoom(node + 1)
    for (const edge of this.#edgesInto(node))
      this.#isCurrent[edge] = Number(currentUpstreams.has(at(this.#edges.upstreamOf, edge)))
    this.#isSettled[node] = 1
  }

  /** Adds edges while nothing is asked yet; they are there after `compact`. There must be none twice. */
  load(upstreams: Int32Array, downstreams: Int32Array): void {
    this.#edges.pushAll(upstreams, downstreams)
  }

  /**
   * Sorts all edges in, in steps of about a millisecond. Between them everything may be asked, and edges added: these
   * stay in the overlay.
   */
  *compact(nodeCount: number): Generator<void> {
    const before = this.#edges
    const sorted = yield* sortEdges(before, before.count, nodeCount)
    const isCurrent = new Uint8Array(Math.max(before.count, sorted.from.length))
    // What follows is one step: whoever asks finds either the old order or the new one.
    // After loading none is known to be current.
    if (this.#isCurrent.length > 0) rearrange(this.#isCurrent, sorted.from, isCurrent)
    const later = Array.from({ length: before.count - sorted.from.length }, (_, place) => {
      const edge = sorted.from.length + place
      return {
        upstream: at(before.upstreamOf, edge),
        downstream: at(before.downstreamOf, edge),
        isCurrent: at(this.#isCurrent, edge),
      }
    })
    this.#edges = EdgeList.of(sorted.upstreamOf, sorted.downstreamOf)
    this.#sorted = sorted
    this.#isCurrent = isCurrent
    this.#overlay = new Set()
    this.#newestInto = new Int32Array(this.#newestInto.length)
    this.#newestOutOf = new Int32Array(this.#newestOutOf.length)
    this.#olderInto = new Int32Array(0)
    this.#olderOutOf = new Int32Array(0)
    this.#makeRoom(nodeCount)
    countEach(sorted.intoFirst, nodeCount, this.#upstreamCount)
    countEach(sorted.outOfFirst, nodeCount, this.#downstreamCount)
    this.#upstreamCount.fill(0, nodeCount)
    this.#downstreamCount.fill(0, nodeCount)
    for (const { upstream, downstream, isCurrent } of later) {
      this.add(upstream, downstream)
      this.#isCurrent[this.#edges.count - 1] = isCurrent
    }
  }

  #hang(edge: number): void {
    const place = edge - this.#sorted.from.length
    this.#olderInto = grown(this.#olderInto, place + 1)
    this.#olderOutOf = grown(this.#olderOutOf, place + 1)
    this.#isCurrent = grown(this.#isCurrent, edge + 1)
    this.#isCurrent[edge] = 0
    const upstream = at(this.#edges.upstreamOf, edge)
    const downstream = at(this.#edges.downstreamOf, edge)
    this.#olderInto[place] = at(this.#newestInto, downstream)
    this.#olderOutOf[place] = at(this.#newestOutOf, upstream)
    this.#newestInto[downstream] = edge + 1
    this.#newestOutOf[upstream] = edge + 1
  }

  #older(older: Int32Array, edge: number): number {
    return at(older, edge - this.#sorted.from.length) - 1
  }

  /** The number of a sorted edge; -1 where there is none between these ends. */
  #findSorted(upstream: number, downstream: number): number {
    const { intoFirst, nodeCount } = this.#sorted
    if (downstream >= nodeCount) return -1
    let low = at(intoFirst, downstream)
    let high = at(intoFirst, downstream + 1)
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = at(this.#edges.upstreamOf, middle)
      if (found === upstream) return middle
      if (found < upstream) low = middle + 1
      else high = middle
    }
    return -1
  }

  #makeRoom(nodes: number): void {
    this.#isSettled = grown(this.#isSettled, nodes)
    this.#newestInto = grown(this.#newestInto, nodes)
    this.#newestOutOf = grown(this.#newestOutOf, nodes)
    this.#upstreamCount = grown(this.#upstreamCount, nodes)
    this.#downstreamCount = grown(this.#downstreamCount, nodes)
  }
}

/** Puts at each place what was at the place that `from` says. */
function rearrange(before: Uint8Array, from: Int32Array, after: Uint8Array): void {
  for (let place = 0; place < from.length; place++) after[place] = before[from[place] ?? 0] ?? 0
}

/** How many edges each node has, of which it is known where they begin. */
function countEach(first: Int32Array, nodeCount: number, counts: Int32Array): void {
  for (let node = 0; node < nodeCount; node++) counts[node] = (first[node + 1] ?? 0) - (first[node] ?? 0)
}
