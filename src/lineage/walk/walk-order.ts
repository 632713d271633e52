import type { Direction } from '../entities.js'
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
  const distanceOf = new Map(reached.map(({ node, distance }) => [node, distance]))
  const rings = new Map<number, Reached[]>(reached.map(({ distance }) => [distance, []]))
  for (const node of byName) {
    const distance = distanceOf.get(node) ?? 0
    rings.get(distance)?.push({ node, distance })
  }
  return [...rings.values()].flat()
}

/** An edge between two nodes that are numbered by their places in a walk. */
export interface PlacedEdge<L extends Link = Link> extends NumberedEdge {
  link: L
}

/** Edges in the order in which the walk completes them: by their later ends, then by their earlier ones. */
export function inOrderOfCompletion<L extends Link>(
  links: readonly L[],
  placeOf: ReadonlyMap<number, number>,
): PlacedEdge<L>[] {
  const completedBy: PlacedEdge<L>[][] = []
  for (const link of links) {
    const from = placeOf.get(link.upstream)
    const to = placeOf.get(link.downstream)
    if (from === undefined || to === undefined) continue
    const later = Math.max(from, to)
    const edges = completedBy[later]
    if (edges === undefined) completedBy[later] = [{ from, to, link }]
    else edges.push({ from, to, link })
  }
  const earlier = ({ from, to }: NumberedEdge) => Math.min(from, to) * 2 + Number(from > to)
  for (const edges of completedBy) {
    if (edges !== undefined && edges.length > 1) edges.sort((a, b) => earlier(a) - earlier(b))
  }
  return completedBy.flat()
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
