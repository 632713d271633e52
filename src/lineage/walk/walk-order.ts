import type { Direction } from '../entities.js'
import { NodePlaces } from '../graph/node-places.js'
import { findBackEdges, isClosing, type NumberedEdge } from './back-edges.js'
import type { Link, WalkableGraph } from './graph-reader.js'
import type { Reached } from './reach.js'

/** The order of every walk: by distance, then by name. `reached` comes by distance. */
export async function inWalkOrder<Position>(
  graph: Pick<WalkableGraph<Position>, 'firstByName'>,
  reached: readonly Reached[],
): Promise<Reached[]> {
  const nodes = reached.map(({ node }) => node)
  const byName = await graph.firstByName(nodes, null, nodes.length)
  const places = new NodePlaces(nodes)
  // Where the next node of each distance goes: those of one distance stand together already.
  const free = new Map<number, number>()
  reached.forEach(({ distance }, place) => {
    if (!free.has(distance)) free.set(distance, place)
  })
  const ordered: (Reached | undefined)[] = reached.map(() => undefined)
  for (const node of byName) {
    const one = reached[places.of(node)]
    const place = free.get(one?.distance ?? -1)
    if (one === undefined || place === undefined) continue
    ordered[place] = one
    free.set(one.distance, place + 1)
  }
  // What has no row has no name, and no place.
  return ordered.filter((one) => one !== undefined)
}

/** An edge between two nodes that are numbered by their places in a walk. */
export interface PlacedEdge<L extends Link = Link> extends NumberedEdge {
  link: L
}

/** Edges between `nodes`, in the order in which the walk completes them: by their later ends, then by their earlier ones. */
export function inOrderOfCompletion<L extends Link>(
  links: readonly L[],
  nodes: readonly number[],
): PlacedEdge<L>[] {
  const places = new NodePlaces(nodes)
  const edges: PlacedEdge<L>[] = []
  for (const link of links) {
    const from = places.of(link.upstream)
    const to = places.of(link.downstream)
    if (from >= 0 && to >= 0) edges.push({ from, to, link })
  }
  const byEarlier = sortedBy(
    edges,
    2 * nodes.length,
    ({ from, to }) => Math.min(from, to) * 2 + Number(from > to),
  )
  return sortedBy(byEarlier, nodes.length, ({ from, to }) => Math.max(from, to))
}

/** In the order of a key that is below `bound`; keeps the order of equals. A counting sort: time follows both. */
function sortedBy<E extends NumberedEdge>(
  edges: readonly E[],
  bound: number,
  keyOf: (edge: NumberedEdge) => number,
): E[] {
  const free = new Int32Array(bound + 1)
  for (const edge of edges) free[keyOf(edge) + 1] = (free[keyOf(edge) + 1] ?? 0) + 1
  for (let key = 0; key < bound; key++) free[key + 1] = (free[key + 1] ?? 0) + (free[key] ?? 0)
  const sorted = [...edges]
  for (const edge of edges) {
    const key = keyOf(edge)
    const place = free[key] ?? 0
    sorted[place] = edge
    free[key] = place + 1
  }
  return sorted
}

/** Whether the walk comes back by an edge to where it has been. Where no edge does, none closes a cycle. */
export function comesBack(edge: NumberedEdge, direction: Direction): boolean {
  return isClosing(edge, sideOf(direction))
}

const sideOf = (direction: Direction) => (direction === 'UPSTREAM' ? 'forward' : 'backward')

/**
 * Of edges in the order of completion those by which the walk comes back to where it has been, and that close a cycle
 * so: see findBackEdges. A walk upstream comes back by an edge out of a node it knows, any other by an edge into one.
 */
export function closingEdges<L extends Link>(
  placed: readonly PlacedEdge<L>[],
  nodeCount: number,
  direction: Direction,
): PlacedEdge<L>[] {
  return findBackEdges(nodeCount, placed, sideOf(direction))
}
