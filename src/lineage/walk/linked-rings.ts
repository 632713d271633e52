import type { Direction, EdgeScope, Way } from '../entities.js'
import { MOST_NODES } from '../graph/adjacency.js'
import { grown } from '../graph/growing.js'
import { NodeSet } from '../graph/node-set.js'
import type { GraphReader } from './graph-reader.js'
import type { TimeLimit } from './time-limit.js'

/** How many nodes are asked for their neighbours at once: in between the time is looked at. */
const CHUNK = 5_000

/** What a walk one way has come to, and not gone on from yet. */
interface Front {
  way: Way
  ring: Int32Array
  visited: NodeSet
}

/** A link as one number, so that many are sorted and compared at little cost: by its downstream end, then the upstream one. */
const linkNumber = (upstream: number, downstream: number): number => downstream * MOST_NODES + upstream

/** The upstream end of a link that stands as a number: see LinkedRings.links. */
export const upstreamOf = (link: number): number => link % MOST_NODES

/** The downstream end of one. */
export const downstreamOf = (link: number): number => Math.floor(link / MOST_NODES)

/**
 * Rings around a root with all links between what has been taken of them. Each ring is asked for its neighbours once,
 * which gives the next one and its own links together.
 */
export class LinkedRings {
  /** All nodes of the rings taken. */
  readonly nodes: number[] = []
  readonly #taken = new NodeSet()
  #fronts: Front[]
  #next: Front[] = []
  /** Whose links are known. */
  readonly #linked = new NodeSet()
  #links: Float64Array = new Float64Array(0)
  #linkCount = 0

  constructor(
    private readonly graph: GraphReader,
    root: number,
    private readonly direction: Direction,
    private readonly scope: EdgeScope,
  ) {
    const ways: Way[] = direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction]
    this.#fronts = ways.map((way) => {
      const visited = new NodeSet()
      visited.add(root)
      return { way, ring: Int32Array.of(root), visited }
    })
  }

  /** Whether there is no further ring. */
  get isDone(): boolean {
    return this.#fronts.every(({ ring }) => ring.length === 0)
  }

  /** Whether the ring to come holds anything that no other before it did. */
  get hasNews(): boolean {
    return this.#fronts.some(({ ring }) => ring.some((node) => !this.#taken.has(node)))
  }

  /** Finds what lies around the ring to come; false where the time was over before. */
  async lookAround(time: TimeLimit | null): Promise<boolean> {
    const next: Front[] = []
    for (const { way, ring, visited } of this.#fronts) {
      const found: number[] = []
      for (let at = 0; at < ring.length; at += CHUNK) {
        if (time?.isOver === true) return false
        const chunk = [...ring.subarray(at, at + CHUNK)]
        const neighbours = await this.graph.neighboursOf(chunk, way, this.scope)
        for (const list of neighbours) for (const node of list) if (visited.add(node)) found.push(node)
        if (way === this.#linkWay) this.#note(chunk, neighbours)
        // Of BOTH what lies downstream may also be made from what lies upstream.
        else this.#note(chunk, await this.graph.neighboursOf(chunk, 'UPSTREAM', this.scope))
      }
      next.push({ way, ring: Int32Array.from(found), visited })
    }
    this.#next = next
    return true
  }

  /** Takes the ring that has been looked around, and goes on to the next. */
  take(): void {
    for (const { ring } of this.#fronts)
      for (const node of ring) if (this.#taken.add(node)) this.nodes.push(node)
    this.goOn()
  }

  /** Goes on to the next ring, and leaves this one. */
  goOn(): void {
    this.#fronts = this.#next
  }

  /** The links between nodes taken, as numbers, ascending. */
  links(): Float64Array {
    const links = this.#links
      .subarray(0, this.#linkCount)
      .filter((link) => this.#taken.has(upstreamOf(link)) && this.#taken.has(downstreamOf(link)))
    return links.sort()
  }

  /** At which of their ends links are found: each node is asked once. */
  get #linkWay(): Way {
    return this.direction === 'DOWNSTREAM' ? 'DOWNSTREAM' : 'UPSTREAM'
  }

  #note(nodes: readonly number[], neighbours: readonly Int32Array[]): void {
    for (const [place, node] of nodes.entries()) {
      if (!this.#linked.add(node)) continue
      const fars = neighbours[place] ?? []
      this.#links = grown(this.#links, this.#linkCount + fars.length)
      for (const far of fars)
        this.#links[this.#linkCount++] =
          this.#linkWay === 'UPSTREAM' ? linkNumber(far, node) : linkNumber(node, far)
    }
  }
}
