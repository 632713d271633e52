import { at } from '../graph/growing.js'
import type { Pace } from '../walk/pace.js'
import type { PathGraph } from './path-graph.js'

/** Shortest ways on that avoid what comes before: breadth-first from the target, as far as it takes. */
export class Detours {
  readonly #queue: Int32Array
  /** The search that came to a node last; and how far from the target that was, -1 where the path is in the way. */
  readonly #reachedIn: Int32Array
  readonly #hops: Int32Array
  /** The search that wants a node as its first step. */
  readonly #wantedIn: Int32Array
  #search = 0

  constructor(
    private readonly graph: PathGraph,
    private readonly pace: Pace,
  ) {
    const count = graph.nodes.length
    this.#queue = new Int32Array(count)
    this.#reachedIn = new Int32Array(count)
    this.#hops = new Int32Array(count)
    this.#wantedIn = new Int32Array(count)
  }

  /**
   * The shortest way to the target from a place of a path, without that place, which avoids what the path holds up to
   * there and does not begin with what is barred; the first by names of several. Null where there is none. Throws
   * TimeIsOver.
   */
  async find(path: Int32Array, place: number, barred: ReadonlySet<number>): Promise<Int32Array | null> {
    const { out, target } = this.graph
    const search = ++this.#search
    for (const node of path.subarray(0, place + 1)) this.#reach(node, -1)
    const spur = at(path, place)
    let isAny = false
    for (const step of out.ends.subarray(at(out.first, spur), at(out.first, spur + 1))) {
      if (barred.has(step) || at(this.#reachedIn, step) === search) continue
      this.#wantedIn[step] = search
      isAny = true
    }
    if (!isAny) return null
    this.#reach(target, 0)
    this.#queue[0] = target
    for (let start = 0, end = 1; start < end; ) {
      const step = this.#firstWanted(start, end)
      if (step >= 0) return this.#wayFrom(step)
      const next = await this.#goOutward(start, end)
      start = end
      end = next
    }
    return null
  }

  /** The first by name of what is wanted among nodes of the queue; -1 where nothing is. */
  #firstWanted(start: number, end: number): number {
    let first = -1
    for (const node of this.#queue.subarray(start, end))
      if (at(this.#wantedIn, node) === this.#search && (first < 0 || node < first)) first = node
    return first
  }

  /** Adds the next ring to the queue; answers with where that ends. */
  async #goOutward(start: number, end: number): Promise<number> {
    const { first, ends } = this.graph.into
    let last = end
    for (let place = start; place < end; place++) {
      const node = at(this.#queue, place)
      this.pace.count(1 + at(first, node + 1) - at(first, node))
      if (this.pace.isDue) await this.pace.pause()
      for (let arc = at(first, node); arc < at(first, node + 1); arc++) {
        const next = at(ends, arc)
        if (at(this.#reachedIn, next) === this.#search) continue
        this.#reach(next, at(this.#hops, node) + 1)
        this.#queue[last++] = next
      }
    }
    return last
  }

  #reach(node: number, hops: number): void {
    this.#reachedIn[node] = this.#search
    this.#hops[node] = hops
  }

  /** From a node that was reached, one hop nearer each time. */
  #wayFrom(step: number): Int32Array {
    const { first, ends } = this.graph.out
    const way = new Int32Array(at(this.#hops, step) + 1)
    let node = step
    for (let place = 0; place < way.length; place++) {
      way[place] = node
      const hops = at(this.#hops, node) - 1
      let nearer = -1
      for (let arc = at(first, node); arc < at(first, node + 1); arc++) {
        const next = at(ends, arc)
        if (at(this.#reachedIn, next) !== this.#search || at(this.#hops, next) !== hops) continue
        if (nearer < 0 || next < nearer) nearer = next
      }
      node = nearer
    }
    return way
  }
}
