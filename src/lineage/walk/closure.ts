import type { EdgeScope, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { WalkableGraph } from './graph-reader.js'

/** The most hops that one request to the graph may ask for. */
const MOST_HOPS = 1_024

/**
 * Everything that lies one way of a root, ring by ring (breadth-first, each node once). Asks the graph for several
 * hops at a time, twice as many after each answer that came back narrow, so that a long chain costs few requests.
 */
export class Closure {
  readonly #visited = new NodeSet()
  readonly #rings: number[][]
  #hops = 64

  constructor(
    private readonly graph: Pick<WalkableGraph<never>, 'rings'>,
    private readonly way: Way,
    private readonly scope: EdgeScope,
    root: number,
  ) {
    this.#visited.add(root)
    this.#rings = [[root]]
  }

  /** The nodes at exactly this distance; empty where the closure ends before it. `enough`: see WalkableGraph. */
  async ring(distance: number, enough: number): Promise<readonly number[]> {
    while (this.#rings.length <= distance) {
      const frontier = this.#rings.at(-1) ?? []
      if (frontier.length === 0) return []
      await this.#expand(frontier, enough)
    }
    return this.#rings[distance] ?? []
  }

  async #expand(frontier: readonly number[], enough: number): Promise<void> {
    const rings = await this.graph.rings(frontier, this.way, this.scope, this.#hops, enough)
    const found = rings.reduce((sum, ring) => sum + ring.length, 0)
    this.#hops =
      rings.length === this.#hops && found < enough ? Math.min(2 * this.#hops, MOST_HOPS) : this.#hops
    for (const ring of rings) {
      const fresh: number[] = []
      for (const node of ring) if (this.#visited.add(node)) fresh.push(node)
      this.#rings.push(fresh)
      // What lies behind nodes that were all seen before has been, or will be, found from where they were first seen.
      if (fresh.length === 0) break
    }
  }
}
