import type { Direction, EdgeScope, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import { Closure } from './closure.js'
import type { WalkableGraph } from './graph-reader.js'

/**
 * Everything in a direction of a root, by distance: of BOTH the closure upstream and the closure downstream together,
 * each node at its least distance. To be asked for one distance after the other.
 */
export class Rings {
  readonly #closures: Closure[]
  readonly #seen = new NodeSet()

  constructor(
    graph: Pick<WalkableGraph<never>, 'expand'>,
    root: number,
    direction: Direction,
    scope: EdgeScope,
  ) {
    this.#closures = waysOf(direction).map((way) => new Closure(graph, way, scope, root))
  }

  /**
   * The nodes at this distance, in no order; null where there is neither one nor any further out. `enough`: see
   * WalkableGraph.
   */
  async ring(distance: number, enough: number): Promise<Int32Array | null> {
    const rings = await Promise.all(this.#closures.map((closure) => closure.ring(distance, enough)))
    if (rings.every((ring) => ring.length === 0)) return null
    // Of one way all are new.
    if (rings.length === 1) return rings[0] ?? null
    return Int32Array.from(rings.flatMap((ring) => [...ring].filter((node) => this.#seen.add(node))))
  }

  /** Whether anything that has not come yet lies further out than `depth`, the last distance asked for. */
  async goesOn(depth: number, enough: number): Promise<boolean> {
    for (const closure of this.#closures) {
      for (let distance = depth + 1; ; distance++) {
        const ring = await closure.ring(distance, enough)
        if (ring.length === 0) break
        if (this.#closures.length === 1 || ring.some((node) => !this.#seen.has(node))) return true
      }
    }
    return false
  }
}

function waysOf(direction: Direction): Way[] {
  return direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction]
}
