import { type AssetFilter, asksForNames, fulfils } from '../asset-filter.js'
import type { Asset, Direction, EdgeScope, Sightings, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { OtherNames } from '../names/asset-names.js'
import { contractedLinks, type Hiding } from './contracted-links.js'
import type { AssetName, Degree, GraphReader, Link, LinkPiece, Nodes, Tally } from './graph-reader.js'
import type { TimeLimit } from './time-limit.js'

/** What a walk passes through, shows, and ends at; the root is always shown and passed. What is absent narrows nothing. */
export interface WalkFilter {
  /** The assets that may be passed through; others are as if they were not there. */
  traverse?: AssetFilter
  /** The assets that are shown; others are passed through, and what they connect stays connected. */
  show?: AssetFilter
  /** The assets that are not passed through. */
  stopAt?: AssetFilter
  /** Of what could be shown, only what has nothing further upstream (ROOTS), or downstream (LEAVES), but itself. */
  ends?: 'ROOTS' | 'LEAVES'
}

/** Whether a filter hides what it passes through, so that what that connects has to be found. */
export const hides = ({ show, ends }: WalkFilter): boolean => show !== undefined || ends !== undefined

interface Role {
  isThere: boolean
  isShown: boolean
  isStop: boolean
}

const PLAIN: Role = { isThere: true, isShown: true, isStop: false }

/** How many rows are looked at together. */
const CHUNK = 10_000

/**
 * The graph that a filter leaves of another: the assets that are shown, with an edge from one to another where a way
 * leads over hidden ones alone (see contract). So a walk over it is a walk like every other, whose hops are those of
 * the graph that the client sees. Made for one walk, whose scope is always the same.
 */
export class FilteredGraph implements GraphReader {
  readonly #roles = new Map<number, Role>()
  readonly #isEnd = new Map<number, boolean>()
  readonly #met = { UPSTREAM: new NodeSet(), DOWNSTREAM: new NodeSet() }
  /** What lies behind the nodes at which a walk stops. */
  readonly #behind: Record<Way, number[]> = { UPSTREAM: [], DOWNSTREAM: [] }
  #hasHidden = false

  readonly #filter: WalkFilter

  constructor(
    private readonly graph: GraphReader,
    /** `time` to walk, and as long once more to find what is connected by what is hidden. */
    private readonly walk: { filter: WalkFilter; root: number; direction: Direction; time: TimeLimit },
  ) {
    const { root, filter } = walk
    this.#filter = filter
    this.#roles.set(root, PLAIN)
    this.#isEnd.set(root, true)
    for (const met of Object.values(this.#met)) met.add(root)
  }

  /**
   * Whether the filter has kept anything back that the walk would have come to without it. `isOver`: whether the walk
   * has come to its end: as long as it has not, it may yet come to what lies behind where it stopped.
   */
  async hasKeptBack(scope: EdgeScope, isOver: boolean): Promise<boolean> {
    if (this.#hasHidden || !isOver) return this.#hasHidden
    return (await this.#isMissed('UPSTREAM', scope)) || (await this.#isMissed('DOWNSTREAM', scope))
  }

  /** Whether anything that lies behind where the walk stopped has not been met, whichever way. */
  async #isMissed(way: Way, scope: EdgeScope): Promise<boolean> {
    const isMet = (node: number) => this.#met.UPSTREAM.has(node) || this.#met.DOWNSTREAM.has(node)
    const visited = new NodeSet()
    let frontier: Int32Array = Int32Array.from(this.#behind[way].filter((node) => visited.add(node)))
    while (frontier.length > 0) {
      if (!frontier.every(isMet)) return true
      // What has been met this way has been gone on from.
      const open = frontier.filter((node) => !this.#met[way].has(node))
      frontier = (await this.graph.expand(open, visited, way, scope, 1, CHUNK))[0] ?? NOTHING
    }
    return false
  }

  watermark(): Promise<string> {
    return this.graph.watermark()
  }

  nodeOf(assetId: string): Promise<number | undefined> {
    return this.graph.nodeOf(assetId)
  }

  nodesAt(ids: Uint8Array): Promise<Int32Array> {
    return this.graph.nodesAt(ids)
  }

  allNodes(most: number, namespaces: readonly string[] | null): Promise<Int32Array> {
    return this.graph.allNodes(most, namespaces)
  }

  get withheld(): number {
    return this.graph.withheld
  }

  idsOf(nodes: Nodes): string[] {
    return this.graph.idsOf(nodes)
  }

  /** One ring: hidden assets cost no hop. */
  async expand(
    frontier: Int32Array,
    visited: NodeSet,
    way: Way,
    scope: EdgeScope,
    _hops: number,
    enough: number,
  ): Promise<Int32Array[]> {
    const ring: number[] = []
    let passed = await this.#pass(frontier, way, scope)
    while (passed.length > 0) {
      this.walk.time.check()
      const [next = NOTHING] = await this.graph.expand(passed, visited, way, scope, 1, enough)
      await this.#learn(next, scope)
      const hidden: number[] = []
      for (const node of next) {
        this.#met[way].add(node)
        if (this.#isShown(node)) ring.push(node)
        else {
          // What is no end was not asked for.
          if (!this.#couldBeShown(node)) this.#hasHidden = true
          if (this.#roleOf(node).isThere) hidden.push(node)
        }
      }
      passed = await this.#pass(Int32Array.from(hidden), way, scope)
    }
    return [Int32Array.from(ring)]
  }

  firstByName(nodes: Nodes, after: AssetName | null, count: number): Promise<number[]> {
    return this.graph.firstByName(nodes, after, count)
  }

  /** Of the whole graph: what is hidden is among what an answer does not contain. */
  degrees(nodes: readonly number[], scope: EdgeScope): Promise<Degree[]> {
    return this.graph.degrees(nodes, scope)
  }

  neighboursOf(nodes: readonly number[], way: Way, scope: EdgeScope): Promise<Int32Array[]> {
    return this.graph.neighboursOf(nodes, way, scope)
  }

  /** Throws QUERY_TOO_COMPLEX where what is hidden connects too much. */
  links(nodes: readonly number[], others: readonly number[], scope: EdgeScope): Promise<Link[]> {
    return contractedLinks(this.graph, nodes, others, {
      ...this.#hidingOf(scope),
      time: this.walk.time.again(),
    })
  }

  /** What is hidden, for who finds the links by himself; null where nothing that is passed through is. */
  hiding(scope: EdgeScope): Omit<Hiding, 'time'> | null {
    return hides(this.#filter) ? this.#hidingOf(scope) : null
  }

  #hidingOf(scope: EdgeScope): Omit<Hiding, 'time'> {
    return {
      scope,
      hiddenOf: async (found) => {
        await this.#learn(found, scope)
        return found.filter((node) => this.#isPassable(node) && !this.#isShown(node))
      },
      way: this.#contractionWay,
      field: 'filter',
    }
  }

  /** Of the whole graph. */
  allLinks(): AsyncIterable<LinkPiece> {
    return this.graph.allLinks()
  }

  ofNamespaces(nodes: Nodes, namespaces: readonly string[]): Promise<number[]> {
    return this.graph.ofNamespaces(nodes, namespaces)
  }

  nameOf(assetId: string): Promise<AssetName | null> {
    return this.graph.nameOf(assetId)
  }

  assets(nodes: readonly number[]): Promise<(Asset | null)[]> {
    return this.graph.assets(nodes)
  }

  otherNames(nodes: readonly number[], namespaces: readonly string[] | null): Promise<OtherNames[]> {
    return this.graph.otherNames(nodes, namespaces)
  }

  tally(nodes: Nodes): Promise<Tally[]> {
    return this.graph.tally(nodes)
  }

  sightings(links: readonly Link[]): Promise<(Sightings | null)[]> {
    return this.graph.sightings(links)
  }

  /** Towards the root, or from it: from each of many ends the search would go over all between them and the root. */
  get #contractionWay(): Way {
    if (this.#filter.ends !== undefined) return this.#filter.ends === 'ROOTS' ? 'UPSTREAM' : 'DOWNSTREAM'
    return this.walk.direction === 'DOWNSTREAM' ? 'DOWNSTREAM' : 'UPSTREAM'
  }

  /** Of nodes that a walk has come to, those that it goes on from. */
  async #pass(nodes: Int32Array, way: Way, scope: EdgeScope): Promise<Int32Array> {
    const stops = [...nodes].filter((node) => !this.#isPassable(node))
    if (stops.length === 0) return nodes
    // One by one: a call can take no more arguments than the stack holds.
    for (const behind of await this.graph.neighboursOf(stops, way, scope))
      for (const node of behind) this.#behind[way].push(node)
    return nodes.filter((node) => this.#isPassable(node))
  }

  #isPassable(node: number): boolean {
    const { isThere, isStop } = this.#roleOf(node)
    return isThere && !isStop
  }

  #isShown(node: number): boolean {
    return this.#couldBeShown(node) && (this.#filter.ends === undefined || this.#isEnd.get(node) === true)
  }

  /** Whether a node is shown where it is an end. */
  #couldBeShown(node: number): boolean {
    const { isThere, isShown } = this.#roleOf(node)
    return isThere && isShown
  }

  #roleOf(node: number): Role {
    return this.#roles.get(node) ?? PLAIN
  }

  /** Finds out what becomes of nodes. */
  async #learn(nodes: Int32Array, scope: EdgeScope): Promise<void> {
    await this.#learnRoles(nodes)
    const { ends } = this.#filter
    if (ends === undefined) return
    const way = ends === 'ROOTS' ? 'UPSTREAM' : 'DOWNSTREAM'
    const open = [...nodes].filter((node) => !this.#isEnd.has(node))
    const neighbours = await this.graph.neighboursOf(open, way, scope)
    await this.#learnRoles(Int32Array.from(new Set(neighbours.flatMap((list) => [...list]))))
    for (const [at, node] of open.entries()) {
      const others = neighbours[at]?.filter((other) => other !== node && this.#roleOf(other).isThere)
      this.#isEnd.set(node, others === undefined || others.length === 0)
    }
  }

  async #learnRoles(nodes: Int32Array): Promise<void> {
    const { traverse, show, stopAt } = this.#filter
    if (traverse === undefined && show === undefined && stopAt === undefined) return
    const open = [...nodes].filter((node) => !this.#roles.has(node))
    for (let at = 0; at < open.length; at += CHUNK) {
      const chunk = open.slice(at, at + CHUNK)
      const assets = await this.graph.assets(chunk)
      const otherNames = await this.#otherNames(chunk, assets)
      for (const [place, node] of chunk.entries()) {
        const asset = assets[place]
        const meets = (filter: AssetFilter) => asset != null && fulfils(asset, filter, otherNames.get(node))
        this.#roles.set(node, {
          isThere: asset != null && (traverse === undefined || meets(traverse)),
          isShown: asset != null && (show === undefined || meets(show)),
          isStop: stopAt !== undefined && meets(stopAt),
        })
      }
    }
  }

  /** The other names of those nodes of which they may matter: that do not fulfil by their own what is asked of names. */
  async #otherNames(nodes: readonly number[], assets: readonly (Asset | null)[]) {
    const { traverse, show, stopAt } = this.#filter
    const filters = [traverse, show, stopAt].filter((one) => one !== undefined).filter(asksForNames)
    const open = nodes.filter((_, place) => {
      const asset = assets[place]
      return asset != null && filters.some((filter) => !fulfils(asset, filter))
    })
    const names = open.length === 0 ? [] : await this.graph.otherNames(open, null)
    return new Map(open.map((node, place) => [node, names[place]?.first ?? []]))
  }
}

const NOTHING = new Int32Array(0)
