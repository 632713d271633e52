/** An edge between two nodes that are numbered from 0 on. */
export interface NumberedEdge {
  from: number
  to: number
}

/**
 * Of a sequence of edges those that close a cycle: taken in order, an edge is one of them where, with the edges
 * before it that are not, it would complete a cycle. What remains is acyclic, an acyclic graph has none, and what
 * is said of the first n edges does not depend on those that follow.
 *
 * Keeps a topological order of the edges taken so far and reorders only between the ends of each new edge:
 * D. J. Pearce and P. H. J. Kelly, "A Dynamic Topological Sort Algorithm for Directed Acyclic Graphs",
 * ACM Journal of Experimental Algorithmics 11, 2006.
 *
 * `likelyOrder` holds each node once. The result does not depend on it; the time does: an edge that leads forward
 * in it costs nothing.
 */
export function findBackEdges<E extends NumberedEdge>(
  likelyOrder: readonly number[],
  edges: readonly E[],
): E[] {
  const order = new DynamicOrder(likelyOrder)
  return edges.filter((edge) => !order.take(edge))
}

class DynamicOrder {
  /** place[node] is the node's place in the order. */
  readonly #place: Int32Array
  readonly #successors: number[][]
  readonly #predecessors: number[][]
  /** Marks what the current search has seen: seen[node] === #search. */
  readonly #seen: Int32Array
  #search = 0

  constructor(likelyOrder: readonly number[]) {
    this.#place = new Int32Array(likelyOrder.length)
    for (const [place, node] of likelyOrder.entries()) this.#place[node] = place
    this.#seen = new Int32Array(likelyOrder.length)
    this.#successors = likelyOrder.map(() => [])
    this.#predecessors = likelyOrder.map(() => [])
  }

  /** Adds an edge, unless it would complete a cycle: then false. */
  take({ from, to }: NumberedEdge): boolean {
    if (from === to) return false
    const low = this.#placeOf(to)
    const high = this.#placeOf(from)
    if (low < high) {
      const after = this.#reach(to, this.#successors, (place) => place <= high)
      if (after.includes(from)) return false
      const before = this.#reach(from, this.#predecessors, (place) => place >= low)
      this.#reorder(before, after)
    }
    this.#successors[from]?.push(to)
    this.#predecessors[to]?.push(from)
    return true
  }

  /** Every node that can be reached from `start` without leaving the places that are `within`. */
  #reach(start: number, neighbours: readonly number[][], within: (place: number) => boolean): number[] {
    this.#search++
    this.#seen[start] = this.#search
    const found = [start]
    for (let at = 0; at < found.length; at++) {
      for (const next of neighbours[found[at] ?? start] ?? []) {
        if (this.#seen[next] === this.#search || !within(this.#placeOf(next))) continue
        this.#seen[next] = this.#search
        found.push(next)
      }
    }
    return found
  }

  /** Gives the places of both groups to `before` first, then to `after`, each in its present order. */
  #reorder(before: number[], after: number[]): void {
    const byPlace = (a: number, b: number) => this.#placeOf(a) - this.#placeOf(b)
    const nodes = [...before.sort(byPlace), ...after.sort(byPlace)]
    const places = nodes.map((node) => this.#placeOf(node)).sort((a, b) => a - b)
    for (const [at, node] of nodes.entries()) this.#place[node] = places[at] ?? 0
  }

  #placeOf(node: number): number {
    return this.#place[node] ?? 0
  }
}
