import type { EdgeScope } from '../entities.js'
import { at } from '../graph/growing.js'
import { NodePlaces } from '../graph/node-places.js'
import type { GraphReader } from '../walk/graph-reader.js'
import type { Pace } from '../walk/pace.js'
import { type Arcs, arcsOf, hopsFrom } from './arcs.js'
import { nodesBetween, type Side } from './nodes-between.js'

/**
 * All that paths from one node to another can hold: what lies both downstream of the one and upstream of the other.
 * Its nodes are numbered anew, in the order of names, so that the lesser number is the lesser name.
 */
export interface PathGraph {
  /** The reader's number of each node. */
  nodes: Int32Array
  source: number
  target: number
  /** The least number of hops from each node to the target. */
  hops: Int32Array
  /** What each node leads to, nearest to the target first; what is equally near in the order of names. */
  out: Arcs
  /** What leads to each node. */
  into: Arcs
}

/** Edges by the places of their ends in a list of nodes. */
interface Edges {
  from: number[]
  to: number[]
}

/** How many nodes' edges are asked for at once. */
const CHUNK = 10_000

/**
 * Null where there is no path. Throws TimeIsOver. Does not pause before all has been asked of the graph: one in the
 * process would move on meanwhile, and all would have to be asked again.
 */
export async function loadPathGraph(
  graph: GraphReader,
  from: number,
  to: number,
  scope: EdgeScope,
  pace: Pace,
): Promise<PathGraph | null> {
  // Of simple paths from a node to itself there is one, whatever lies around it.
  const side: Side =
    from === to ? { way: 'DOWNSTREAM', nodes: [from] } : await nodesBetween(graph, from, to, scope, pace)
  const { nodes } = side
  const places = new NodePlaces(nodes)
  const source = places.of(from)
  const target = places.of(to)
  if (source < 0 || target < 0) return null
  const edges = await edgesOfPaths(graph, side, places, { from, to, scope, pace })
  const fromSource = hopsFrom(source, arcsOf(nodes.length, edges.from, edges.to))
  const toTarget = hopsFrom(target, arcsOf(nodes.length, edges.to, edges.from))
  const between = nodes.filter((_, place) => at(fromSource, place) >= 0 && at(toTarget, place) >= 0)
  if (between.length === 0) return null
  const inOrder = Int32Array.from(await graph.firstByName(between, null, between.length))
  const numbers = new NodePlaces(inOrder)
  const renumbered = inNewNumbers(
    edges,
    nodes.map((node) => numbers.of(node)),
  )
  return pathGraphOf(inOrder, numbers.of(from), numbers.of(to), renumbered, pace)
}

/**
 * The edges among the nodes of a side, asked for the way along which none leads out of it. No simple path holds one from
 * a node to itself, back into its source, or on from its target.
 */
async function edgesOfPaths(
  graph: GraphReader,
  { way, nodes }: Side,
  places: NodePlaces,
  { from, to, scope, pace }: { from: number; to: number; scope: EdgeScope; pace: Pace },
): Promise<Edges> {
  const edges: Edges = { from: [], to: [] }
  for (let first = 0; first < nodes.length; first += CHUNK) {
    pace.check()
    const chunk = nodes.slice(first, first + CHUNK)
    const neighbours = await graph.neighboursOf(chunk, way, scope)
    for (const [offset, near] of chunk.entries()) {
      for (const far of neighbours[offset] ?? []) {
        const [start, end] = way === 'DOWNSTREAM' ? [near, far] : [far, near]
        const place = places.of(far)
        // A graph that has moved on meanwhile may lead anywhere; what comes of it is thrown away.
        if (place < 0 || start === end || start === to || end === from) continue
        edges.from.push(way === 'DOWNSTREAM' ? first + offset : place)
        edges.to.push(way === 'DOWNSTREAM' ? place : first + offset)
      }
    }
  }
  return edges
}

/** `numbers`: the new number of each place; -1 for what is left out. */
function inNewNumbers(edges: Edges, numbers: readonly number[]): Edges {
  const renumbered: Edges = { from: [], to: [] }
  for (let edge = 0; edge < edges.from.length; edge++) {
    const start = numbers[edges.from[edge] ?? -1] ?? -1
    const end = numbers[edges.to[edge] ?? -1] ?? -1
    if (start < 0 || end < 0) continue
    renumbered.from.push(start)
    renumbered.to.push(end)
  }
  return renumbered
}

async function pathGraphOf(
  nodes: Int32Array,
  source: number,
  target: number,
  edges: Edges,
  pace: Pace,
): Promise<PathGraph> {
  const pause = async () => {
    pace.count(edges.from.length)
    if (pace.isDue) await pace.pause()
  }
  await pause()
  const into = arcsOf(nodes.length, edges.to, edges.from)
  await pause()
  const hops = hopsFrom(target, into)
  await pause()
  const out = nearestFirst(into, hops)
  await pause()
  return { nodes, source, target, hops, into, out }
}

/** The same edges by their near ends: those of each node come in the order of their far ends. */
function nearestFirst(into: Arcs, hops: Int32Array): Arcs {
  // By number, and so by name, within the same number of hops: sorting by counting keeps the order that there is.
  const byHops = arcsOf(
    hops.length,
    hops,
    hops.map((_, node) => node),
  ).ends
  const from: number[] = []
  const to: number[] = []
  for (const node of byHops) {
    for (const start of into.ends.subarray(at(into.first, node), at(into.first, node + 1))) {
      from.push(start)
      to.push(node)
    }
  }
  return arcsOf(hops.length, from, to)
}
