import { Heap } from '../../util/heap.js'
import { at } from '../graph/growing.js'
import type { Pace } from '../walk/pace.js'
import { Detours } from './detours.js'
import type { PathGraph } from './path-graph.js'

/** A path that has been found, with where to branch off it for others. */
interface Path {
  nodes: Int32Array
  /** Where it left the path that it branched off itself. */
  from: number
  /** What may not follow there: the paths on over these are found from elsewhere. */
  barred: Set<number>
  /** The arc of the best other step from each place, from `from` on; -1 where there is none, or it has been taken. */
  others: Int32Array
}

/** All paths that follow another one up to a place, and leave it there over what is not barred. */
interface Branch {
  path: Path
  place: number
  /** The first arc at that place that is neither barred nor leads back into the path. */
  arc: number
  /** The best way on from there, where it has been searched for; null for the straight one over the arc. */
  rest: Int32Array | null
  /** Of the whole. */
  length: number
}

/**
 * The simple paths from a source to a target, shortest first; of the same length in the order of the names along them,
 * compared one after the other. Each is the best of a set of paths; the rest of the set falls apart, by where they
 * branch off it, into sets of which the best is found by a shortest way on that avoids what comes before. So the cost
 * of a path does not depend on how many there are: at most a search of the graph for each of its nodes.
 *
 * A branch waits with a bound: the shortest way on, were what comes before not in its way. Where it is not (and it never
 * is where there are no cycles), that is the answer, and nothing has to be searched.
 *
 * J. Y. Yen, "Finding the K Shortest Loopless Paths in a Network", Management Science 17, 1971; E. L. Lawler, "A
 * Procedure for Computing the K Best Solutions to Discrete Optimization Problems", Management Science 18, 1972 (each
 * set is divided once).
 */
export class ShortestPaths {
  readonly #branches: Heap<Branch>
  readonly #detours: Detours
  /** Where each node stands in the path that was looked at last; see `#isUpTo`. */
  readonly #placeOf: Int32Array

  constructor(
    private readonly graph: PathGraph,
    private readonly pace: Pace,
  ) {
    this.#branches = new Heap((one, other) => this.#compare(one, other))
    this.#detours = new Detours(graph, pace)
    this.#placeOf = new Int32Array(graph.nodes.length)
    const start = { nodes: Int32Array.of(graph.source), from: 0, barred: new Set<number>(), others: NONE }
    const arc = at(graph.out.first, graph.source)
    this.#branches.push({ path: start, place: 0, arc, rest: null, length: at(graph.hops, graph.source) })
  }

  /** The next path, by the numbers of its nodes; null where there is none. Throws TimeIsOver. */
  async next(): Promise<Int32Array | null> {
    for (;;) {
      this.pace.check()
      const branch = this.#branches.pop()
      if (branch === undefined) return null
      this.pace.count(1 + branch.length)
      if (this.pace.isDue) await this.pace.pause()
      if (branch.length === 0) return branch.path.nodes
      if (branch.rest === null) this.#offerBest(branch.path)
      const rest = branch.rest ?? this.#straightRest(branch)
      if (rest !== null) return this.#take(branch, rest)
      const detour = await this.#detours.find(branch.path.nodes, branch.place, this.#barredAt(branch))
      if (detour !== null)
        this.#branches.push({ ...branch, rest: detour, length: branch.place + detour.length })
    }
  }

  #take(branch: Branch, rest: Int32Array): Int32Array {
    const { path, place, arc } = branch
    const nodes = new Int32Array(place + 1 + rest.length)
    nodes.set(path.nodes.subarray(0, place + 1))
    nodes.set(rest, place + 1)
    this.#place(nodes, nodes.length - 1)
    const barred = this.#barredAt(branch).add(at(rest, 0))
    const others = new Int32Array(rest.length)
    others[0] = this.#otherArc(nodes, place, arc, barred)
    for (let offset = 1; offset < others.length; offset++) {
      const from = at(this.graph.out.first, at(nodes, place + offset))
      others[offset] = this.#otherArc(nodes, place + offset, from, NOTHING)
    }
    this.#offerBest({ nodes, from: place, barred, others })
    return nodes
  }

  #barredAt({ path, place }: Branch): Set<number> {
    return place === path.from ? path.barred : new Set([at(path.nodes, place + 1)])
  }

  /** The first arc, from one on, that paths may branch off by at a place; -1 where there is none. */
  #otherArc(nodes: Int32Array, place: number, from: number, barred: ReadonlySet<number>): number {
    const { first, ends } = this.graph.out
    const end = at(first, at(nodes, place) + 1)
    for (let arc = from; arc < end; arc++) {
      this.pace.count(1)
      const step = at(ends, arc)
      if (step !== nodes[place + 1] && !barred.has(step) && !this.#isUpTo(nodes, place, step)) return arc
    }
    return -1
  }

  /** Lets the best branch off a path wait among those off others; the next one follows when that has been taken. */
  #offerBest(path: Path): void {
    const { hops, out } = this.graph
    let best = -1
    let length = Number.POSITIVE_INFINITY
    for (let place = path.nodes.length - 2; place >= path.from; place--) {
      const arc = at(path.others, place - path.from)
      if (arc < 0) continue
      const step = at(out.ends, arc)
      const bound = place + 1 + at(hops, step)
      // Of the same length: what branches off further on goes as the path does here.
      if (bound > length || (bound === length && step > at(path.nodes, place + 1))) continue
      best = place
      length = bound
    }
    if (best < 0) return
    const arc = at(path.others, best - path.from)
    path.others[best - path.from] = -1
    this.#branches.push({ path, place: best, arc, rest: null, length })
  }

  /** The shortest way on; null where the path is in its way. */
  #straightRest({ path, place, arc, length }: Branch): Int32Array | null {
    const rest = new Int32Array(length - place)
    this.#place(path.nodes, place)
    let node = at(this.graph.out.ends, arc)
    for (let offset = 0; offset < rest.length; offset++) {
      if (this.#isUpTo(path.nodes, place, node)) return null
      rest[offset] = node
      node = this.#straightOn(node)
    }
    return rest
  }

  /** What follows a node on its shortest way to the target, the first by name of several. */
  #straightOn(node: number): number {
    const { first, ends } = this.graph.out
    return at(ends, at(first, node))
  }

  #place(nodes: Int32Array, last: number): void {
    for (let place = 0; place <= last; place++) this.#placeOf[at(nodes, place)] = place
  }

  /** Whether a path holds a node up to a place. What other paths have left in `#placeOf` says nothing of this one. */
  #isUpTo(nodes: Int32Array, place: number, node: number): boolean {
    const known = at(this.#placeOf, node)
    return known <= place && nodes[known] === node
  }

  #compare(one: Branch, other: Branch): number {
    if (one.length !== other.length) return one.length - other.length
    let [a, b] = [0, 0]
    for (let place = 0; place <= one.length && a === b; place++) {
      a = this.#nodeAt(one, place, a)
      b = this.#nodeAt(other, place, b)
    }
    return a - b
  }

  /** `before`: the node at the place before. */
  #nodeAt({ path, place, arc, rest }: Branch, wanted: number, before: number): number {
    if (wanted <= place) return at(path.nodes, wanted)
    if (rest !== null) return at(rest, wanted - place - 1)
    return wanted === place + 1 ? at(this.graph.out.ends, arc) : this.#straightOn(before)
  }
}

const NONE = new Int32Array(0)
const NOTHING: ReadonlySet<number> = new Set()
