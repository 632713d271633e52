import { compareCodePoints } from '../../util/code-points.js'
import type { Direction, Edge } from '../entities.js'
import { findBackEdges, isClosing, type NumberedEdge } from './back-edges.js'
import type { AssetName } from './graph-reader.js'
import type { Reached } from './reach.js'

/** A node in its place in a walk. */
export interface PlacedNode extends Reached {
  name: AssetName
}

/** An edge between two nodes that are numbered by their places. */
export interface PlacedEdge<E extends Edge> extends NumberedEdge {
  edge: E
}

/** The order of every walk: by distance, then by name. Nodes without a name are left out. */
export function inWalkOrder(
  reached: readonly Reached[],
  names: ReadonlyMap<string, AssetName>,
): PlacedNode[] {
  return reached
    .flatMap((node) => {
      const name = names.get(node.id)
      return name === undefined ? [] : { id: node.id, distance: node.distance, name }
    })
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        compareCodePoints(a.name.namespace, b.name.namespace) ||
        compareCodePoints(a.name.key, b.name.key),
    )
}

/** The edges between these nodes, in the order in which the walk completes them: by their later ends. */
export function inOrderOfCompletion<E extends Edge>(
  edges: readonly E[],
  nodes: readonly PlacedNode[],
): PlacedEdge<E>[] {
  const number = new Map(nodes.map(({ id }, at) => [id, at]))
  const count = nodes.length
  return edges
    .flatMap((edge) => {
      const from = number.get(edge.upstreamId)
      const to = number.get(edge.downstreamId)
      if (from === undefined || to === undefined) return []
      const rank = (Math.max(from, to) * count + Math.min(from, to)) * 2 + Number(from > to)
      return { edge, from, to, rank }
    })
    .sort((a, b) => a.rank - b.rank)
}

/** Whether the walk comes back by an edge to where it has been. Where no edge does, none closes a cycle. */
export function comesBack(edge: NumberedEdge, direction: Direction): boolean {
  return isClosing(edge, sideOf(direction))
}

const sideOf = (direction: Direction) => (direction === 'UPSTREAM' ? 'forward' : 'backward')

/**
 * Of edges in the order of completion those by which the walk comes back to where it has been, and that close a cycle so: see
 * findBackEdges. A walk upstream comes back by an edge out of a node it knows, any other by an edge into one.
 */
export function closingEdges<E extends Edge>(
  placed: readonly PlacedEdge<E>[],
  nodeCount: number,
  direction: Direction,
): E[] {
  const back = findBackEdges(nodeCount, placed, sideOf(direction))
  return back.map(({ edge }) => edge)
}
