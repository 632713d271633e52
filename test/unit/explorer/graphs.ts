import type { Graph, GraphEdge, GraphNode } from '../../../explorer/src/graph/model/graph.js'
import { idOf } from '../../../explorer/src/graph/model/graph.js'

/** The name of the node at a place. */
export const nodeId = (place: number) => idOf({ namespace: 'default', key: `key/${place}` })

/** A node without anything special about it. */
export function nodeAt(place: number, more: Partial<GraphNode> = {}): GraphNode {
  return {
    id: nodeId(place),
    namespace: 'default',
    key: `key/${place}`,
    kind: 'table',
    status: 'FRESH',
    upstream: 0,
    downstream: 0,
    members: 1,
    change: null,
    ...more,
  }
}

/** An edge without anything special about it. */
export function edgeBetween(from: number, to: number, more: Partial<GraphEdge> = {}): GraphEdge {
  return { from: nodeId(from), to: nodeId(to), viaCount: 0, members: 1, isBack: false, change: null, ...more }
}

/** The graph of some edges, each once, by the places of their ends. */
export function graphOf(edges: readonly (readonly [from: number, to: number])[]): Graph {
  const places = [...new Set(edges.flat())].sort((a, b) => a - b)
  const once = new Map(edges.map(([from, to]) => [`${from} ${to}`, edgeBetween(from, to)]))
  return { nodes: places.map((place) => nodeAt(place)), edges: [...once.values()] }
}
