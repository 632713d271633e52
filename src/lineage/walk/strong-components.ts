/** An edge between two nodes that are numbered from 0 on. */
export interface NumberedEdge {
  from: number
  to: number
}

/** The targets of node n are targets[firstOf[n]] up to, not including, targets[firstOf[n + 1]]. */
export interface Targets {
  firstOf: Int32Array
  targets: Int32Array
}

/** How many nodes and edges a step takes: about a millisecond's work. */
const STEP = 10_000

/** The strong component of each node, by a number that the nodes of a component share: see findStrongComponents. */
export function strongComponents(nodeCount: number, edges: readonly NumberedEdge[]): Int32Array {
  const steps = findStrongComponents(nodeCount, adjacency(nodeCount, edges))
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}

/**
 * The strong component of each node, by a number that the nodes of a component share, in steps. Time follows the number
 * of nodes and edges; no recursion, so chains may be long.
 *
 * R. E. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM Journal on Computing 1, 1972.
 */
export function* findStrongComponents(
  nodeCount: number,
  { firstOf, targets }: Targets,
): Generator<void, Int32Array> {
  const component = new Int32Array(nodeCount).fill(-1)
  /** When a node was first seen, counted from 1; 0 for not yet. */
  const seenAt = new Int32Array(nodeCount)
  /** The earliest node, by seenAt, that the node is known to lead back to. */
  const low = new Int32Array(nodeCount)
  const nextEdge = firstOf.slice(0, nodeCount)
  const path: number[] = []
  const open: number[] = []
  let clock = 0
  let components = 0
  let work = 0

  const enter = (node: number) => {
    seenAt[node] = low[node] = ++clock
    path.push(node)
    open.push(node)
  }
  for (let start = 0; start < nodeCount; start++) {
    if (seenAt[start] !== 0) continue
    enter(start)
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (++work % STEP === 0) yield
      const edge = at(nextEdge, node)
      if (edge < at(firstOf, node + 1)) {
        nextEdge[node] = edge + 1
        const target = at(targets, edge)
        if (seenAt[target] === 0) enter(target)
        else if (component[target] === -1) low[node] = Math.min(at(low, node), at(seenAt, target))
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(at(low, parent), at(low, node))
      if (low[node] !== seenAt[node]) continue
      for (let member = open.pop(); member !== undefined; member = member === node ? undefined : open.pop()) {
        component[member] = components
      }
      components++
    }
  }
  return component
}

function adjacency(nodeCount: number, edges: readonly NumberedEdge[]): Targets {
  const firstOf = new Int32Array(nodeCount + 1)
  for (const { from } of edges) firstOf[from + 1] = at(firstOf, from + 1) + 1
  for (let node = 0; node < nodeCount; node++) firstOf[node + 1] = at(firstOf, node + 1) + at(firstOf, node)
  const free = firstOf.slice()
  const targets = new Int32Array(edges.length)
  for (const { from, to } of edges) {
    const place = at(free, from)
    free[from] = place + 1
    targets[place] = to
  }
  return { firstOf, targets }
}

/** Indexes that are in range by construction. */
const at = (numbers: Int32Array, index: number): number => numbers[index] ?? 0
