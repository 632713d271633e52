import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Way } from '../entities.js'
import type { Link } from './graph-reader.js'
import { Pace } from './pace.js'
import type { TimeLimit } from './time-limit.js'

/** Hiding a node with many neighbours on both sides connects all of the one with all of the other. */
const MOST_LINKS = 100_000

/** What to contract. */
export interface Contraction {
  /** All edges between nodes that are shown, that are hidden, or one of each. */
  links: readonly Link[]
  /** The nodes that are shown. */
  shown: readonly number[]
  isHidden: (node: number) => boolean
  /** The order among hidden nodes, so that of ways of the same length always the same one is told. */
  rankOf: (node: number) => number
  /** Which way to search from each node that is shown. The edges are the same. */
  way: Way
  /** The argument that hides. */
  field: string
}

/**
 * The edges between shown nodes once the hidden ones are taken out, and what they connected stays connected: there is
 * one where a way leads from the one to the other over hidden nodes alone. Each has the hidden nodes of the shortest
 * such way, none where they are neighbours. A breadth-first search from each shown node, which ends at others. Throws
 * TimeIsOver, and QUERY_TOO_COMPLEX where there are too many edges.
 */
export async function contract(
  { links, shown, isHidden, rankOf, way, field }: Contraction,
  time: TimeLimit,
): Promise<Link[]> {
  const neighbours = neighboursIn(links, way, rankOf)
  const contracted: Link[] = []
  const pace = new Pace(time)
  for (const source of shown) {
    await searchOverHidden(source, {
      neighboursOf: (node) => neighbours.get(node) ?? [],
      isHidden,
      pace,
      onEnd: ({ end, last, cameFrom }) =>
        void contracted.push(linkOf(source, end, wayBack(last, source, cameFrom), way)),
    })
    if (contracted.length > MOST_LINKS) {
      throw new HeadwaterError(
        'QUERY_TOO_COMPLEX',
        `${field}: what it hides connects assets by more than ${MOST_LINKS} edges; show more, or ask for fewer assets`,
      )
    }
  }
  return contracted
}

/** A node that a search over hidden nodes has come to, and does not go on from. */
export interface HiddenWayEnd {
  end: number
  /** The node before it: a hidden one, or the source. */
  last: number
  /** How many hidden nodes the way to it leads over. */
  passed: number
  /** Of each hidden node that has been come to, the one before it. */
  cameFrom: ReadonlyMap<number, number>
}

/**
 * Searches from a node over hidden nodes alone, breadth-first, and tells of every other node that it comes to, each
 * once, by the shortest way.
 */
export async function searchOverHidden(
  source: number,
  search: {
    neighboursOf(node: number): ArrayLike<number> & Iterable<number>
    isHidden(node: number): boolean
    onEnd(end: HiddenWayEnd): void
    pace: Pace
  },
): Promise<void> {
  const cameFrom = new Map<number, number>()
  const ends = new Set<number>()
  let ring = [source]
  for (let passed = 0; ring.length > 0; passed++) {
    const next: number[] = []
    for (const last of ring) {
      const neighbours = search.neighboursOf(last)
      search.pace.count(1 + neighbours.length)
      if (search.pace.isDue) await search.pace.pause()
      for (const end of neighbours) {
        if (search.isHidden(end)) {
          if (cameFrom.has(end)) continue
          cameFrom.set(end, last)
          next.push(end)
        } else if (!ends.has(end)) {
          ends.add(end)
          search.onEnd({ end, last, passed, cameFrom })
        }
      }
    }
    ring = next
  }
}

function neighboursIn(links: readonly Link[], way: Way, rankOf: (node: number) => number) {
  const neighbours = new Map<number, number[]>()
  for (const { upstream, downstream } of links) {
    const [near, far] = way === 'UPSTREAM' ? [downstream, upstream] : [upstream, downstream]
    const list = neighbours.get(near)
    if (list === undefined) neighbours.set(near, [far])
    else list.push(far)
  }
  for (const list of neighbours.values()) list.sort((one, other) => rankOf(one) - rankOf(other))
  return neighbours
}

/** The hidden nodes between a source and what follows `node`, from there back to the source. */
function wayBack(node: number, source: number, cameFrom: ReadonlyMap<number, number>): number[] {
  const passed: number[] = []
  for (let at = node; at !== source; at = cameFrom.get(at) ?? source) passed.push(at)
  return passed
}

function linkOf(source: number, end: number, passed: readonly number[], way: Way): Link {
  return way === 'UPSTREAM'
    ? { upstream: end, downstream: source, via: passed }
    : { upstream: source, downstream: end, via: [...passed].reverse() }
}
