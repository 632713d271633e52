import { compareCodePoints } from '../../util/code-points.js'
import type { Direction, Edge, Way } from '../entities.js'
import type { NumberedEdge } from './back-edges.js'
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
      return name === undefined ? [] : { ...node, name }
    })
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        compareCodePoints(a.name.namespace, b.name.namespace) ||
        compareCodePoints(a.name.key, b.name.key),
    )
}

/**
 * The edges among these nodes, in the order in which the walk completes them: by the later of their ends; then the
 * nearer the other end is to it, the earlier, and those that lead the walk's way before those that lead back. So
 * where a walk comes around a cycle, the edge by which it returns is the one that closes it.
 */
export function inOrderOfCompletion<E extends Edge>(
  edges: readonly E[],
  nodes: readonly PlacedNode[],
  direction: Direction,
): PlacedEdge<E>[] {
  const number = new Map(nodes.map(({ id }, at) => [id, at]))
  const count = nodes.length
  return edges
    .flatMap((edge) => {
      const from = number.get(edge.upstreamId)
      const to = number.get(edge.downstreamId)
      if (from === undefined || to === undefined) return []
      const leadsBack = Number(direction === 'UPSTREAM' ? to > from : from > to)
      const later = Math.max(from, to)
      const earlier = Math.min(from, to)
      return { edge, from, to, rank: (later * count + (count - 1 - earlier)) * 2 + leadsBack }
    })
    .sort((a, b) => a.rank - b.rank)
}

/** A first guess at a topological order: the farthest upstream first, the farthest downstream last. */
export function likelyOrder(nodes: readonly PlacedNode[]): number[] {
  const numbered = (way: Way) => [...nodes.keys()].filter((at) => nodes[at]?.way === way)
  return [...numbered('UPSTREAM').reverse(), ...numbered('DOWNSTREAM')]
}
