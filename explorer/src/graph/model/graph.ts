import type { Status } from '../../ui/status.js'

/** What has become of something between two times. */
export type Change = 'added' | 'removed'

/** An asset, or a group of several, as it is drawn. */
export interface GraphNode {
  /** As `idOf`, or of its group. */
  id: string
  namespace: string
  key: string
  kind: string
  status: Status | null
  /** All that it was directly made from, whether or not it is here. */
  upstream: number
  /** All that was directly made from it. */
  downstream: number
  /** How many assets it stands for: 1, or those of a group. */
  members: number
  change: Change | null
}

/** One that was made from the other, as it is drawn. */
export interface GraphEdge {
  from: string
  to: string
  /** How many hidden assets lie between. */
  viaCount: number
  /** How many edges it stands for. */
  members: number
  /** Whether it closes a cycle. */
  isBack: boolean
  change: Change | null
}

/** What is drawn: each node once, and edges between nodes of it alone. */
export interface Graph {
  nodes: readonly GraphNode[]
  edges: readonly GraphEdge[]
}

/** An id for a name; neither part can hold the separator. */
export const idOf = ({ namespace, key }: { namespace: string; key: string }) => `${namespace}\u0001${key}`

/** An id for an edge. */
export const edgeIdOf = ({ from, to }: Pick<GraphEdge, 'from' | 'to'>) => `${from}\u0002${to}`

/** The ends of the edges of each node. */
export function neighboursOf({ edges }: Pick<Graph, 'edges'>) {
  const upstream = new Map<string, string[]>()
  const downstream = new Map<string, string[]>()
  for (const { from, to } of edges) {
    push(downstream, from, to)
    push(upstream, to, from)
  }
  return { upstream, downstream }
}

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** All that can be reached from a node, itself included. */
export function reachedFrom(id: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([id])
  for (const one of found) for (const far of next.get(one) ?? []) found.add(far)
  return found
}

/** How many of a node's direct neighbours are not in the graph. */
export interface Unseen {
  upstream: number
  downstream: number
}

/** The nodes of which some direct neighbours are not in the graph, and how many. */
export function unseenOf({ edges, nodes }: Graph): Map<string, Unseen> {
  const unseen = new Map(nodes.map(({ id, upstream, downstream }) => [id, { upstream, downstream }]))
  for (const { from, to, change } of edges) {
    // What is gone was not counted.
    if (change === 'removed') continue
    const [source, target] = [unseen.get(from), unseen.get(to)]
    if (source !== undefined) source.downstream--
    if (target !== undefined) target.upstream--
  }
  for (const [id, { upstream, downstream }] of unseen) if (upstream <= 0 && downstream <= 0) unseen.delete(id)
  return unseen
}
