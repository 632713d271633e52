import { edgeIdOf, type Graph, type GraphEdge, type GraphNode, idOf } from './graph.js'

/** By what assets are put together. */
export type Grouping = 'namespace' | 'prefix'

/** The first part of a key stands for what it belongs to; one of a single part belongs to none. */
function groupOf({ namespace, key }: GraphNode, by: Grouping): string | null {
  if (by === 'namespace') return namespace
  const end = key.search(/[/.]/)
  return end > 0 ? key.slice(0, end) : null
}

/** In the place of a namespace: no asset can be called so. */
export const GROUP = '\u0003'

/** The id of the node that stands for a group. */
export const groupIdOf = (name: string) => idOf({ namespace: GROUP, key: name })

/** The groups of a graph, and how many assets each has, the largest first; groups of one are none. */
export function groupsOf({ nodes }: Graph, by: Grouping): [name: string, size: number][] {
  const sizes = new Map<string, number>()
  for (const node of nodes) {
    const name = groupOf(node, by)
    if (name !== null) sizes.set(name, (sizes.get(name) ?? 0) + 1)
  }
  return [...sizes].filter(([, size]) => size > 1).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
}

/** Each group as one node, but those that are open; `root` stays by itself. Edges within a group are not drawn. */
export function folded(graph: Graph, by: Grouping, open: ReadonlySet<string>, root: string): Graph {
  const names = new Set(groupsOf(graph, by).map(([name]) => name))
  const place = new Map<string, string>()
  const nodes = new Map<string, GraphNode>()
  for (const node of graph.nodes) {
    const name = groupOf(node, by)
    if (name === null || node.id === root || open.has(name) || !names.has(name)) {
      place.set(node.id, node.id)
      nodes.set(node.id, node)
      continue
    }
    const id = groupIdOf(name)
    place.set(node.id, id)
    const group = nodes.get(id)
    nodes.set(id, group === undefined ? groupNode(id, name, node) : withMember(group, node))
  }
  const edges = new Map<string, GraphEdge>()
  for (const edge of graph.edges) {
    const [from, to] = [place.get(edge.from), place.get(edge.to)]
    if (from === undefined || to === undefined || (from === to && from.startsWith(GROUP))) continue
    const moved = { ...edge, from, to }
    const known = edges.get(edgeIdOf(moved))
    edges.set(edgeIdOf(moved), known === undefined ? moved : joinedEdge(known, moved))
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

function groupNode(id: string, name: string, first: GraphNode): GraphNode {
  // What lies around a group is seen when it is opened.
  return { ...first, id, namespace: GROUP, key: name, upstream: 0, downstream: 0, members: 1 }
}

function withMember(group: GraphNode, node: GraphNode): GraphNode {
  return {
    ...group,
    members: group.members + 1,
    kind: group.kind === node.kind ? group.kind : 'several kinds',
    status: worse(group.status, node.status),
    change: group.change === node.change ? group.change : null,
  }
}

/** A group is as its member is that most needs to be looked at. */
function worse(one: GraphNode['status'], other: GraphNode['status']): GraphNode['status'] {
  return (['STALE', 'MISSING', 'FRESH', 'RETIRED'] as const).find((s) => s === one || s === other) ?? null
}

const joinedEdge = (one: GraphEdge, other: GraphEdge): GraphEdge => ({
  ...one,
  members: one.members + other.members,
  viaCount: Math.min(one.viaCount, other.viaCount),
  change: one.change === other.change ? one.change : null,
})
