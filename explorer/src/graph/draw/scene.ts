import type { Layout } from '../layout/lay-out.js'
import { CARD, ROW } from '../layout/layout-graph.js'
import { edgeIdOf, type Graph, type GraphEdge, type GraphNode, type Unseen } from '../model/graph.js'
import { boxAround } from './view.js'

/** A node where it is drawn; what of its neighbours is not there, or has been brought by it. */
export interface PlacedNode extends GraphNode {
  x: number
  y: number
  unseen: Unseen
  isOpenUpstream: boolean
  isOpenDownstream: boolean
}

/** A curve from the right side of one card to the left of another, and the box that it is in. */
export interface PlacedEdge extends GraphEdge {
  id: string
  curve: Curve
  box: Box
}
/** A point, then for each cubic piece two that it heads for and one that it comes to; x and y in turn. */
export type Curve = readonly number[]

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
  { places, bends }: Layout,
  unseen: ReadonlyMap<string, Unseen>,
  opened: Opened,
): Scene {
  const byId = new Map<string, PlacedNode>()
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
  }
  const edges = graph.edges.flatMap((edge): PlacedEdge[] => {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)]
    return from === undefined || to === undefined
      ? []
      : [placedEdge(edge, curveOf(from, to, bends.get(edgeIdOf(edge)) ?? []))]
  })
  const nodes = [...byId.values()]
  return { nodes, byId, edges, bounds: boxAround(nodes) }
}

/** Through its lanes, where it has some; what leads back goes round below its ends. */
function curveOf(from: PlacedNode, to: PlacedNode, bends: readonly number[]): Curve {
  const [x1, y1] = [from.x + CARD.width, from.y + CARD.height / 2]
  const [x2, y2] = [to.x, to.y + CARD.height / 2]
  if (x2 <= x1) {
    const below = Math.max(y1, y2) + ROW + Math.min(200, (x1 - x2) / 10)
    return [x1, y1, x1 + 90, below, x2 - 90, below, x2, y2]
  }
  const curve = [x1, y1]
  const points = [...bends, x2, y2]
  let [lastX, lastY] = [x1, y1]
  for (let at = 0; at < points.length; at += 2) {
    const [x = 0, y = 0] = [points[at], points[at + 1]]
    const reach = (x - lastX) / 2
    curve.push(lastX + reach, lastY, x - reach, y, x, y)
    ;[lastX, lastY] = [x, y]
  }
  return curve
}

function placedEdge(edge: GraphEdge, curve: Curve): PlacedEdge {
  const box = { left: curve[0] ?? 0, right: curve[0] ?? 0, top: curve[1] ?? 0, bottom: curve[1] ?? 0 }
  for (let at = 0; at < curve.length; at += 2) {
    const [x = 0, y = 0] = [curve[at], curve[at + 1]]
    box.left = Math.min(box.left, x)
    box.right = Math.max(box.right, x)
    box.top = Math.min(box.top, y)
    box.bottom = Math.max(box.bottom, y)
  }
  return { ...edge, id: edgeIdOf(edge), curve, box }
}

/** The point half way along the piece in the middle of a curve. */
export function middleOf(curve: Curve): { x: number; y: number } {
  const start = 6 * Math.floor((curve.length - 2) / 12)
  const [x1 = 0, y1 = 0, cx1 = 0, cy1 = 0, cx2 = 0, cy2 = 0, x2 = 0, y2 = 0] = curve.slice(start, start + 8)
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
