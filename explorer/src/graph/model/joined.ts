import type { WalkAnswer } from '../../api/queries.js'
import { statusOf } from '../../ui/status.js'
import { edgeIdOf, type Graph, type GraphEdge, type GraphNode, idOf } from './graph.js'

type Mark = WalkAnswer['nodes'][number]['asset']
type Ends = WalkAnswer['edges'][number]

/**
 * One graph of the pages of a walk, of what was expanded, in that order, where it hangs on what is there, and of paths. The first
 * to name a node or an edge counts.
 */
export function joined(
  pages: readonly WalkAnswer[],
  expansions: readonly WalkAnswer[] = [],
  paths: readonly (readonly Mark[])[] = [],
): Graph {
  const nodes = new Map<string, GraphNode>()
  const edges = new Map<string, GraphEdge>()
  for (const answer of [...pages, ...expansions]) {
    const [first] = answer.nodes
    if (expansions.includes(answer) && (first === undefined || !nodes.has(idOf(first.asset)))) continue
    const degrees = degreesOf(answer)
    for (const { asset, hiddenUpstream, hiddenDownstream } of answer.nodes) {
      const id = idOf(asset)
      const { upstream, downstream } = degrees.get(id) ?? { upstream: 0, downstream: 0 }
      const known = nodes.get(id)
      // A later page of a walk counts what earlier ones hold as seen: the node was first told of there.
      if (known === undefined)
        nodes.set(id, nodeOf(asset, hiddenUpstream + upstream, hiddenDownstream + downstream))
    }
    const back = new Set(answer.backEdges.map((ends) => edgeIdOf(endsOf(ends))))
    for (const ends of answer.edges) {
      const edge = edgeOf(ends, back.has(edgeIdOf(endsOf(ends))))
      const id = edgeIdOf(edge)
      if (!edges.has(id) || edge.isBack) edges.set(id, edge)
    }
  }
  for (const path of paths) {
    for (const asset of path) if (!nodes.has(idOf(asset))) nodes.set(idOf(asset), nodeOf(asset, 0, 0))
    for (const edge of pathOf(path)) if (!edges.has(edgeIdOf(edge))) edges.set(edgeIdOf(edge), edge)
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()].filter(({ from, to }) => nodes.has(from) && nodes.has(to)),
  }
}

/** The edges of a path. */
export function pathOf(assets: readonly Mark[]): GraphEdge[] {
  return assets.slice(1).map((asset, at) => ({
    from: idOf(assets[at] ?? asset),
    to: idOf(asset),
    viaCount: 0,
    members: 1,
    isBack: false,
    change: null,
  }))
}

/** A node of an asset. */
export function nodeOf(asset: Mark, upstream: number, downstream: number): GraphNode {
  const { namespace, key, kind } = asset
  return {
    id: idOf(asset),
    namespace,
    key,
    kind,
    status: statusOf(asset),
    upstream,
    downstream,
    members: 1,
    change: null,
  }
}

/** An edge of an answer. */
export function edgeOf(ends: Ends, isBack = false): GraphEdge {
  return { ...endsOf(ends), viaCount: ends.viaCount, members: 1, isBack, change: null }
}

const endsOf = ({ upstream, downstream }: Ends) => ({ from: idOf(upstream), to: idOf(downstream) })

function degreesOf({ edges }: WalkAnswer): Map<string, { upstream: number; downstream: number }> {
  const degrees = new Map<string, { upstream: number; downstream: number }>()
  const of = (id: string) => {
    const known = degrees.get(id) ?? { upstream: 0, downstream: 0 }
    degrees.set(id, known)
    return known
  }
  for (const { upstream, downstream } of edges) {
    of(idOf(downstream)).upstream++
    of(idOf(upstream)).downstream++
  }
  return degrees
}
