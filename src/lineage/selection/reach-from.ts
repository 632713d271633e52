import type { EdgeScope, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { GraphReader } from '../walk/graph-reader.js'
import type { Pace } from '../walk/pace.js'

/** What is walked, and how. */
export interface Ground {
  graph: GraphReader
  scope: EdgeScope
  pace: Pace
}

/** Wider frontiers are taken in pieces of this many nodes. */
const PIECE = 20_000

/** The most hops, and about how many nodes, that one request to the graph brings. */
const HOPS = 256
const ENOUGH = 20_000

/**
 * Everything within so many hops one way of some nodes, breadth-first, each node once, but for what `visited` holds:
 * by default the nodes themselves. What is found is added to it. Throws TimeIsOver.
 */
export async function reachFrom(
  { graph, scope, pace }: Ground,
  nodes: Int32Array,
  way: Way,
  hops = Number.POSITIVE_INFINITY,
  visited: NodeSet = setOf(nodes),
): Promise<Int32Array> {
  const found: Int32Array[] = []
  let frontier = nodes
  for (let gone = 0; gone < hops && frontier.length > 0; ) {
    await pace.step()
    const isWide = frontier.length > PIECE
    const rings = isWide
      ? [await wideRing({ graph, scope, pace }, frontier, way, visited)]
      : await graph.expand(frontier, visited, way, scope, Math.min(hops - gone, HOPS), ENOUGH)
    found.push(...rings)
    gone += rings.length
    frontier = rings.at(-1) ?? NOTHING
  }
  return joined(found)
}

/** A set of these nodes. */
export function setOf(nodes: Int32Array): NodeSet {
  const set = new NodeSet()
  set.addAll(nodes.slice(), nodes.length)
  return set
}

async function wideRing({ graph, scope, pace }: Ground, frontier: Int32Array, way: Way, visited: NodeSet) {
  const parts: Int32Array[] = []
  for (let at = 0; at < frontier.length; at += PIECE) {
    await pace.step()
    parts.push(...(await graph.expand(frontier.subarray(at, at + PIECE), visited, way, scope, 1, ENOUGH)))
  }
  return joined(parts)
}

/** Lists, one after another. */
export function joined(lists: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}

const NOTHING = new Int32Array(0)
