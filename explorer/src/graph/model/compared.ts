import type { CompareGraphQuery } from '../../api/operations.generated.js'
import { type Change, edgeIdOf, type Graph, idOf } from './graph.js'
import { edgeOf, nodeOf } from './joined.js'

/** What has come and gone between two times. */
export type Comparison = CompareGraphQuery['lineageDiff']

/** A graph as of the later time, with what has come marked, and what has gone put in as ghosts. */
export function compared(later: Graph, comparison: Comparison): Graph {
  const { addedNodes, addedEdges, removedNodes, removedEdges } = comparison
  const added = new Set(addedNodes.map(idOf))
  const addedEdge = new Set(addedEdges.map((edge) => edgeIdOf(edgeOf(edge))))
  const mark = (isAdded: boolean): Change | null => (isAdded ? 'added' : null)
  const nodes = later.nodes.map((node) => ({ ...node, change: mark(added.has(node.id)) }))
  const edges = later.edges.map((edge) => ({ ...edge, change: mark(addedEdge.has(edgeIdOf(edge))) }))
  const gone = removedNodes.map((asset) => ({ ...nodeOf(asset, 0, 0), change: 'removed' as const }))
  const here = new Set([...nodes, ...gone].map(({ id }) => id))
  const ghosts = removedEdges
    .map((edge) => ({ ...edgeOf(edge), change: 'removed' as const }))
    .filter(({ from, to }) => here.has(from) && here.has(to))
  return { nodes: [...nodes, ...gone], edges: [...edges, ...ghosts] }
}
