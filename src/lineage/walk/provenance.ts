import type { Direction, Materialization, MaterializationRef } from '../entities.js'
import type { Link, WalkableGraph } from './graph-reader.js'
import { nodesOf, planPage } from './plan-walk.js'
import { reach } from './reach.js'
import type { TimeLimit } from './time-limit.js'
import { type StopReason, type WalkedTo, withPermission } from './walk.js'

/** Where a materialization stands among others: by the name of its asset, then from the oldest to the newest. */
export interface ProvenancePosition extends MaterializationRef {
  materializedAt: Date
}

/** An edge between materializations: the downstream one was made from the upstream one. */
export interface InputLink extends Link {
  /** Whether the executor named the version that it used. */
  isNamed: boolean
}

/**
 * The graph of materializations, each with the very ones that it was made from. Rings are whole, but for those with
 * more than `enough` nodes: of these it may give the first `enough` alone.
 */
export interface MaterializationGraph extends WalkableGraph<ProvenancePosition, InputLink> {
  /** The number of a materialization, whether or not there is such a one. */
  nodeOf(ref: MaterializationRef): number
  /** See GraphReader. */
  readonly withheld: number
  /** How many inputs of each node lead to no materialization that is recorded, in the order given. */
  unresolvedInputs(nodes: readonly number[]): Promise<number[]>
  /** The row of each node, in the order given; null where there is none. */
  materializations(nodes: readonly number[]): Promise<(Materialization | null)[]>
}

/** Which way to walk from a materialization, how far, and where to go on. */
export interface ProvenanceRequest {
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  /** The most nodes to answer with. */
  limit: number
  time: TimeLimit
  /** Answer with what comes behind this node of the same walk. */
  after: ProvenanceCursor | null
}

/** Where an answer ended. */
export type ProvenanceCursor = WalkedTo<ProvenancePosition> & {
  /** How many nodes have been answered with so far. */
  count: number
}

/** An edge of an answer, with both its ends. */
export interface ProvenanceEdge {
  upstream: Materialization
  downstream: Materialization
  resolution: 'REPORTED' | 'INFERRED'
}

/** The materializations behind or before one, in the order of the walk. */
export interface Provenance {
  root: Materialization
  nodes: { materialization: Materialization; distance: number; unresolvedInputs: number }[]
  /** Edges between nodes of this answer, or between one and a node of an answer that it continues. */
  edges: ProvenanceEdge[]
  /** Those of `edges` that close a cycle: see closingEdges. */
  backEdges: ProvenanceEdge[]
  stoppedBy: StopReason[]
  /** Where to continue; null where the walk has come to its end. */
  next: ProvenanceCursor | null
}

/**
 * Walks from one materialization through the very ones that it was made from, or that were made from it: the same
 * walk as over assets. Null where the root is not recorded.
 */
export async function walkProvenance(
  graph: MaterializationGraph,
  rootRef: MaterializationRef,
  request: ProvenanceRequest,
): Promise<Provenance | null> {
  const root = graph.nodeOf(rootRef)
  const extent = { ...request, scope: 'ALL' as const, enough: enoughFor(request) }
  const plan = await planPage(graph, await reach(graph, root, extent), extent, async () => null)
  const { answered, farEnds, placed } = plan
  const [[rootRow, ...rows], unresolved] = await Promise.all([
    graph.materializations([root, ...nodesOf([...farEnds, ...answered])]),
    graph.unresolvedInputs(nodesOf(answered)),
  ])
  if (rootRow == null) return null

  const edges: ProvenanceEdge[] = []
  const backEdges: ProvenanceEdge[] = []
  for (const edge of placed) {
    const [upstream, downstream] = [rows[edge.from], rows[edge.to]]
    if (upstream == null || downstream == null) continue
    const one: ProvenanceEdge = {
      upstream,
      downstream,
      resolution: edge.link.isNamed ? 'REPORTED' : 'INFERRED',
    }
    edges.push(one)
    if (plan.closing.has(edge)) backEdges.push(one)
  }
  const nodes = answered.flatMap(({ distance }, at) => {
    const materialization = rows[farEnds.length + at]
    if (materialization == null) return []
    return { materialization, distance, unresolvedInputs: unresolved[at] ?? 0 }
  })
  const last = nodes.at(-1)
  const cursor = last === undefined ? null : cursorAt(last, request, nodes.length, plan.digest)
  return {
    root: rootRow,
    nodes,
    edges,
    backEdges,
    stoppedBy: withPermission(graph, plan.stoppedBy),
    next: plan.isCut ? cursor : null,
  }
}

/**
 * Of a ring that is cut to so many, enough are left whatever else is known of it: at most as many as all answers hold
 * come twice (both ways, or around a cycle), as many have been answered with, and one more shows that it is cut.
 */
export function enoughFor({ limit, after }: { limit: number; after: { count: number } | null }): number {
  return 2 * ((after?.count ?? 0) + limit) + 1
}

function cursorAt(
  { materialization, distance }: Provenance['nodes'][number],
  { after }: ProvenanceRequest,
  nodeCount: number,
  answered: string,
): ProvenanceCursor {
  const { assetId, materializationId, materializedAt } = materialization
  const count = (after?.count ?? 0) + nodeCount
  return { distance, assetId, materializationId, materializedAt, answered, count }
}
