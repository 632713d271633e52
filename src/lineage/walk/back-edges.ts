import { type NumberedEdge, strongComponents } from './strong-components.js'

export type { NumberedEdge }

/**
 * The edges that close cycles, where the nodes of a graph come one after another, in the order of their numbers, each
 * with its edges to those before it. An edge closes a cycle where it leads from its later end to its earlier one
 * (`backward`; or the other way around, `forward`), and with it and what has come so far there is a way around.
 *
 * Without these edges there is no cycle, since of every cycle the last node has one; a graph without cycles has none;
 * and whether an edge is one does not depend on nodes that come later, so that a walk which is continued says the
 * same as one that was never cut.
 *
 * When do the ends of an edge come into one strong component? Halving the time: what has joined by the middle is
 * settled in the first half, everything else in the second, where what has joined is one node. So the work is that
 * of finding strong components, times the logarithm of the number of nodes.
 */
export function findBackEdges<E extends NumberedEdge>(
  nodeCount: number,
  edges: readonly E[],
  closing: 'backward' | 'forward',
): E[] {
  const joined = new JoinTimes(nodeCount, edges)
  return edges.filter((edge) => isClosing(edge, closing) && joined.isJoined(edge, timeOf(edge)))
}

/** Whether an edge leads the way in which edges close cycles. */
export function isClosing({ from, to }: NumberedEdge, closing: 'backward' | 'forward'): boolean {
  return closing === 'backward' ? from >= to : from <= to
}

/** An edge comes with the later of its ends. */
const timeOf = ({ from, to }: NumberedEdge): number => Math.max(from, to)

/** When the ends of edges come into one strong component. */
class JoinTimes {
  readonly #joinedAt = new Map<NumberedEdge, number>()
  /** Nodes that have joined, as trees: each leads, over others, to the one that stands for all. */
  readonly #parent: Int32Array
  /** Numbers the nodes of the graph that is being looked at; -1 for all others. */
  readonly #local: Int32Array

  constructor(nodeCount: number, edges: readonly NumberedEdge[]) {
    this.#parent = Int32Array.from({ length: nodeCount }, (_, node) => node)
    this.#local = new Int32Array(nodeCount).fill(-1)
    const between = edges.filter(({ from, to }) => from !== to)
    this.#settle(this.#split(between).joined, -1, nodeCount - 1)
  }

  isJoined(edge: NumberedEdge, time: number): boolean {
    return edge.from === edge.to || (this.#joinedAt.get(edge) ?? Number.POSITIVE_INFINITY) <= time
  }

  /** All of these edges join after `before`, and at `last` at the latest. */
  #settle(edges: readonly NumberedEdge[], before: number, last: number): void {
    if (edges.length === 0) return
    if (last - before === 1) {
      for (const edge of edges) {
        this.#joinedAt.set(edge, last)
        this.#parent[this.#find(edge.from)] = this.#find(edge.to)
      }
      return
    }
    const middle = Math.floor((before + last) / 2)
    const { joined, apart } = this.#split(edges.filter((edge) => timeOf(edge) <= middle))
    this.#settle(joined, before, middle)
    this.#settle([...apart, ...edges.filter((edge) => timeOf(edge) > middle)], middle, last)
  }

  /** Parts edges by whether their ends lie in one strong component of them all, over what has joined already. */
  #split(edges: readonly NumberedEdge[]): { joined: NumberedEdge[]; apart: NumberedEdge[] } {
    const roots: number[] = []
    const localOf = (node: number) => {
      const root = this.#find(node)
      if (this.#local[root] === -1) this.#local[root] = roots.push(root) - 1
      return this.#local[root] ?? 0
    }
    const local = edges.map(({ from, to }) => ({ from: localOf(from), to: localOf(to) }))
    for (const root of roots) this.#local[root] = -1
    const component = strongComponents(roots.length, local)
    const joined: NumberedEdge[] = []
    const apart: NumberedEdge[] = []
    edges.forEach((edge, at) => {
      const { from, to } = local[at] ?? edge
      if (component[from] === component[to]) joined.push(edge)
      else apart.push(edge)
    })
    return { joined, apart }
  }

  #find(node: number): number {
    let root = node
    while (this.#parent[root] !== root) root = this.#parent[root] ?? root
    while (node !== root) {
      const next = this.#parent[node] ?? root
      this.#parent[node] = root
      node = next
    }
    return root
  }
}
