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
  readonly #rings: Int32Array[]
  #hops = 64

  constructor(
    private readonly graph: Pick<WalkableGraph<never>, 'expand'>,
    private readonly way: Way,
    private readonly scope: EdgeScope,
    root: number,
  ) {
    this.#visited.add(root)
    this.#rings = [Int32Array.of(root)]
  }

  /** The nodes at exactly this distance; empty where the closure ends before it. `enough`: see WalkableGraph. */
  async ring(distance: number, enough: number): Promise<Int32Array> {
    while (this.#rings.length <= distance) {
      const frontier = this.#rings.at(-1) ?? NOTHING
      if (frontier.length === 0) return NOTHING
      await this.#expand(frontier, enough)
    }
    return this.#rings[distance] ?? NOTHING
  }

  async #expand(frontier: Int32Array, enough: number): Promise<void> {
    const { graph, way, scope } = this
    const rings = await graph.expand(frontier, this.#visited, way, scope, this.#hops, enough)
    const found = rings.reduce((sum, ring) => sum + ring.length, 0)
    this.#hops =
      rings.length === this.#hops && found < enough ? Math.min(2 * this.#hops, MOST_HOPS) : this.#hops
    this.#rings.push(...rings)
  }
}

const NOTHING = new Int32Array(0)
