import { countingSort, gather } from '../graph/sorted-edges.js'
import { findStrongComponents, type Targets } from '../walk/strong-components.js'

/** Edges between numbered nodes, side by side. */
export interface Arcs {
  from: Int32Array
  to: Int32Array
}

/** The strong components of a graph that hold a cycle, numbered from 0 on. */
export interface CyclicComponents {
  /** The nodes of them all, in no order; and of each the number of its component. */
  nodes: Int32Array
  componentOf: Int32Array
  /** How many nodes, and how many edges between these, each component has. */
  nodeCounts: Int32Array
  arcCounts: Int32Array
  /** The edges with both ends in one component, by the places of their ends in `nodes`. */
  arcs: Arcs
}

/** How many nodes or edges a step takes: about a millisecond's work. */
const STEP = 50_000

/**
 * The strong components that hold a cycle: of two nodes or more, or one with an edge to itself. In steps; time follows
 * the number of nodes and edges.
 *
 * Most of a lineage is in no cycle. What nothing leads into is taken away, again and again, and then what leads nowhere
 * (Kahn's topological sort, from both ends), which is cheaper than a depth-first search: of a graph without cycles
 * nothing is left for that.
 *
 * A. B. Kahn, "Topological Sorting of Large Networks", Communications of the ACM 5, 1962.
 */
export function* cyclicComponents(arcs: Arcs, nodeCount: number): Generator<void, CyclicComponents> {
  const forward = yield* peel(arcs, nodeCount)
  const both = yield* peel({ from: forward.to, to: forward.from }, nodeCount)
  const { nodes, local } = yield* renumber({ from: both.to, to: both.from }, nodeCount)
  const targets = yield* targetsOf(local, nodes.length)
  const component = yield* findStrongComponents(nodes.length, targets)
  return yield* narrow(nodes, local, component)
}

/** What is left of a graph when, again and again, nodes that nothing leads into have been taken away. */
function* peel({ from, to }: Arcs, nodeCount: number): Generator<void, Arcs> {
  if (from.length === 0) return { from, to }
  const { firstOf, targets } = yield* targetsOf({ from, to }, nodeCount)
  const into = new Int32Array(nodeCount)
  for (let arc = 0; arc < to.length; arc++) {
    const node = to[arc] ?? 0
    into[node] = (into[node] ?? 0) + 1
    if (arc % STEP === 0) yield
  }
  const bare = new Int32Array(nodeCount)
  let end = 0
  for (let node = 0; node < nodeCount; node++) if (into[node] === 0) bare[end++] = node
  yield
  let work = 0
  for (let place = 0; place < end; place++) {
    const node = bare[place] ?? 0
    const last = firstOf[node + 1] ?? 0
    for (let arc = firstOf[node] ?? 0; arc < last; arc++) {
      const target = targets[arc] ?? 0
      const left = (into[target] ?? 0) - 1
      into[target] = left
      if (left === 0) bare[end++] = target
      if (++work % STEP === 0) yield
    }
  }
  // Where the one end is left, so is what it leads to.
  return yield* select({ from, to }, (arc) => into[from[arc] ?? 0] !== 0)
}

/** Numbers the nodes that edges have, from 0 on. */
function* renumber(
  { from, to }: Arcs,
  nodeCount: number,
): Generator<void, { nodes: Int32Array; local: Arcs }> {
  const placeOf = new Int32Array(nodeCount)
  for (const nodes of [from, to]) {
    for (let arc = 0; arc < nodes.length; arc++) {
      placeOf[nodes[arc] ?? 0] = 1
      if (arc % STEP === 0) yield
    }
  }
  let count = 0
  const nodes = new Int32Array(Math.min(nodeCount, 2 * from.length))
  for (let node = 0; node < nodeCount; node++) {
    if (node % STEP === 0) yield
    if (placeOf[node] === 0) continue
    placeOf[node] = count
    nodes[count++] = node
  }
  const local = { from: yield* gather(placeOf, from), to: yield* gather(placeOf, to) }
  return { nodes: nodes.subarray(0, count), local }
}

/** Keeps of strong components those with an edge inside: every one of two nodes has, and of one node only a cycle. */
function* narrow(all: Int32Array, arcs: Arcs, component: Int32Array): Generator<void, CyclicComponents> {
  const inside = yield* select(arcs, (arc) => component[arcs.from[arc] ?? 0] === component[arcs.to[arc] ?? 0])
  const { nodes, local } = yield* renumber(inside, all.length)
  const numbers = new Map<number, number>()
  const componentOf = new Int32Array(nodes.length)
  for (let place = 0; place < nodes.length; place++) {
    const old = component[nodes[place] ?? 0] ?? 0
    const number = numbers.get(old) ?? numbers.size
    numbers.set(old, number)
    componentOf[place] = number
    nodes[place] = all[nodes[place] ?? 0] ?? 0
    if (place % STEP === 0) yield
  }
  const nodeCounts = new Int32Array(numbers.size)
  for (let place = 0; place < nodes.length; place++) {
    const number = componentOf[place] ?? 0
    nodeCounts[number] = (nodeCounts[number] ?? 0) + 1
    if (place % STEP === 0) yield
  }
  const arcCounts = new Int32Array(numbers.size)
  for (let arc = 0; arc < local.from.length; arc++) {
    const number = componentOf[local.from[arc] ?? 0] ?? 0
    arcCounts[number] = (arcCounts[number] ?? 0) + 1
    if (arc % STEP === 0) yield
  }
  return {
    nodes,
    componentOf,
    nodeCounts,
    arcCounts,
    arcs: local,
  }
}

function* targetsOf({ from, to }: Arcs, nodeCount: number): Generator<void, Targets> {
  const { sorted, first } = yield* countingSort(null, from, from.length, nodeCount)
  return { firstOf: first, targets: yield* gather(to, sorted) }
}

function* select({ from, to }: Arcs, isKept: (arc: number) => boolean): Generator<void, Arcs> {
  const kept = { from: new Int32Array(from.length), to: new Int32Array(to.length) }
  let count = 0
  for (let arc = 0; arc < from.length; arc++) {
    if (arc % STEP === 0) yield
    if (!isKept(arc)) continue
    kept.from[count] = from[arc] ?? 0
    kept.to[count++] = to[arc] ?? 0
  }
  return { from: kept.from.subarray(0, count), to: kept.to.subarray(0, count) }
}
