import type { Places } from '../layout/lay-out.js'
import { CARD, ROW } from '../layout/layout-graph.js'
import { edgeIdOf, type Graph, type GraphEdge, type GraphNode, type Unseen } from '../model/graph.js'

/** A node where it is drawn; what of its neighbours is not there, or has been brought by it. */
export interface PlacedNode extends GraphNode {
  x: number
  y: number
  unseen: Unseen
  isOpenUpstream: boolean
  isOpenDownstream: boolean
}

/** A cubic curve from the right side of one card to the left of another. */
export interface PlacedEdge extends GraphEdge {
  id: string
  curve: Curve
}
/** Two points that it goes through, and two that it heads for. */
export type Curve = readonly [
  x1: number,
  y1: number,
  cx1: number,
  cy1: number,
  cx2: number,
  cy2: number,
  x2: number,
  y2: number,
]

/** A part of the plane. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** All that there is to be drawn, and where. */
export interface Scene {
  nodes: readonly PlacedNode[]
  byId: ReadonlyMap<string, PlacedNode>
  edges: readonly PlacedEdge[]
  bounds: Box
}

/** What has been expanded, by ids. */
export interface Opened {
  upstream: ReadonlySet<string>
  downstream: ReadonlySet<string>
}

const NONE: Unseen = { upstream: 0, downstream: 0 }

/** A graph and places for its nodes as a picture, free of colours and pixels. */
export function sceneOf(
  graph: Graph,
  places: Places,
  unseen: ReadonlyMap<string, Unseen>,
  opened: Opened,
): Scene {
  const byId = new Map<string, PlacedNode>()
  const bounds = {
    left: Number.POSITIVE_INFINITY,
    top: Number.POSITIVE_INFINITY,
    right: Number.NEGATIVE_INFINITY,
    bottom: Number.NEGATIVE_INFINITY,
  }
  for (const node of graph.nodes) {
    const place = places.get(node.id)
    if (place === undefined) continue
    byId.set(node.id, {
      ...node,
      ...place,
      unseen: unseen.get(node.id) ?? NONE,
      isOpenUpstream: opened.upstream.has(node.id),
      isOpenDownstream: opened.downstream.has(node.id),
    })
    bounds.left = Math.min(bounds.left, place.x)
    bounds.top = Math.min(bounds.top, place.y)
    bounds.right = Math.max(bounds.right, place.x + CARD.width)
    bounds.bottom = Math.max(bounds.bottom, place.y + CARD.height)
  }
  const edges = graph.edges.flatMap((edge): PlacedEdge[] => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)]
    return from === undefined || to === undefined
      ? []
      : [{ ...edge, id: edgeIdOf(edge), curve: curveOf(from, to) }]
  })
  return { nodes: [...byId.values()], byId, edges, bounds }
}

/** What leads back goes round below its ends. */
function curveOf(from: PlacedNode, to: PlacedNode): Curve {
  const [x1, y1] = [from.x + CARD.width, from.y + CARD.height / 2]
  const [x2, y2] = [to.x, to.y + CARD.height / 2]
  if (x2 > x1) {
    const reach = Math.max(24, (x2 - x1) / 2)
    return [x1, y1, x1 + reach, y1, x2 - reach, y2, x2, y2]
  }
  const below = Math.max(y1, y2) + ROW + Math.min(200, (x1 - x2) / 10)
  return [x1, y1, x1 + 90, below, x2 - 90, below, x2, y2]
}

/** The point half way along a curve. */
export function middleOf([x1, y1, cx1, cy1, cx2, cy2, x2, y2]: Curve): { x: number; y: number } {
  return { x: (x1 + 3 * cx1 + 3 * cx2 + x2) / 8, y: (y1 + 3 * cy1 + 3 * cy2 + y2) / 8 }
}

/** The node at a point of the plane; where cards are small, also one within `reach` of it. */
export function nodeAt({ nodes }: Scene, x: number, y: number, reach = 0): PlacedNode | null {
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]
    if (
      node !== undefined &&
      x >= node.x - reach &&
      x <= node.x + CARD.width + reach &&
      y >= node.y - reach &&
      y <= node.y + CARD.height + reach
    )
      return node
  }
  return null
}

/** Where a step leads from a node: along an edge to the nearest, or to the next one above or below. */
export function stepFrom(
  { byId, nodes, edges }: Scene,
  id: string,
  way: 'left' | 'right' | 'up' | 'down',
): PlacedNode | null {
  const start = byId.get(id)
  if (start === undefined) return null
  const candidates =
    way === 'left'
      ? edges.filter(({ to }) => to === id).map(({ from }) => byId.get(from))
      : way === 'right'
        ? edges.filter(({ from }) => from === id).map(({ to }) => byId.get(to))
        : nodes.filter(
            ({ x, y }) =>
              Math.abs(x - start.x) < CARD.width / 2 && (way === 'up' ? y < start.y : y > start.y),
          )
  const far = (node: PlacedNode) => Math.abs(node.y - start.y) + Math.abs(node.x - start.x) / 10
  return candidates
    .filter((node): node is PlacedNode => node !== undefined && node.id !== id)
    .reduce<PlacedNode | null>((best, node) => (best === null || far(node) < far(best) ? node : best), null)
}
