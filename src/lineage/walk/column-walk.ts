import type { ColumnRef, TypedTransformation } from '../columns/column.js'
import type { Asset, Direction } from '../entities.js'
import type { Link, WalkableGraph } from './graph-reader.js'
import { nodesOf, planPage } from './plan-walk.js'
import { enoughFor } from './provenance.js'
import { reach } from './reach.js'
import type { TimeLimit } from './time-limit.js'
import { type StopReason, type WalkedTo, withPermission } from './walk.js'

/** What an edge between columns says beside its ends. */
export interface ColumnUse {
  isIndirect: boolean
  /** Whether all columns of the downstream asset were made so, and not this one alone. */
  isOfAll: boolean
  transformations: readonly TypedTransformation[]
  firstSeenAt: Date
  lastSeenAt: Date
}

/** An edge between columns. Two columns may have several. */
export type ColumnLink = Link & ColumnUse

/** A column with its asset. */
export interface ColumnOfAsset {
  asset: Asset
  column: string
}

/**
 * The graph of columns, in the order (namespace, key, column). What all columns of an asset were made from is a link to
 * each that anything has named. Rings are whole, but for those with more than `enough` nodes: of these it may give the
 * first `enough` alone. `links` throws QUERY_TOO_COMPLEX where there are too many.
 */
export interface ColumnGraph extends WalkableGraph<ColumnRef, ColumnLink> {
  /** See GraphReader. */
  readonly withheld: number
  /** The number of a column, whether or not there is such a one. */
  nodeOf(ref: ColumnRef): number
  known(ref: ColumnRef): Promise<{ isAssetKnown: boolean; isKnown: boolean }>
  /** The column of each node, in the order given; null where its asset is not there. */
  columns(nodes: readonly number[]): Promise<(ColumnOfAsset | null)[]>
}

/** Which way to walk from a column, how far, and where to go on. */
export interface ColumnWalkRequest {
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  /** The most nodes to answer with. */
  limit: number
  time: TimeLimit
  /** Answer with what comes behind this node of the same walk. */
  after: ColumnCursor | null
}

/** Where an answer ended. */
export type ColumnCursor = WalkedTo<ColumnRef> & {
  /** How many nodes have been answered with so far. */
  count: number
}

/** An edge of an answer, with both its ends. */
export interface WalkedColumnEdge extends ColumnUse {
  upstream: ColumnOfAsset
  downstream: ColumnOfAsset
}

/** The columns behind or before one, in the order of the walk. */
export interface ColumnWalk {
  root: ColumnOfAsset
  nodes: (ColumnOfAsset & { distance: number })[]
  /** Edges between nodes of this answer, or between one and a node of an answer that it continues. */
  edges: WalkedColumnEdge[]
  /** Those of `edges` that close a cycle: see closingEdges. */
  backEdges: WalkedColumnEdge[]
  stoppedBy: StopReason[]
  /** Where to continue; null where the walk has come to its end. */
  next: ColumnCursor | null
}

/** Walks from one column to those that it was made from, or that were made from it: the same walk as over assets. */
export async function walkColumns(
  graph: ColumnGraph,
  rootRef: ColumnRef,
  request: ColumnWalkRequest,
): Promise<ColumnWalk | null> {
  const root = graph.nodeOf(rootRef)
  const extent = { ...request, scope: 'ALL' as const, enough: enoughFor(request) }
  const plan = await planPage(graph, await reach(graph, root, extent), extent, async () => null)
  const { answered, farEnds, placed } = plan
  const [rootRow, ...rows] = await graph.columns([root, ...nodesOf([...farEnds, ...answered])])
  if (rootRow == null) return null

  const edges: WalkedColumnEdge[] = []
  const backEdges: WalkedColumnEdge[] = []
  for (const edge of placed) {
    const [upstream, downstream] = [rows[edge.from], rows[edge.to]]
    if (upstream == null || downstream == null) continue
    const { upstream: _, downstream: __, ...use } = edge.link
    const one: WalkedColumnEdge = { ...use, upstream, downstream }
    edges.push(one)
    if (plan.closing.has(edge)) backEdges.push(one)
  }
  const nodes = answered.flatMap(({ distance }, at) => {
    const row = rows[farEnds.length + at]
    return row == null ? [] : [{ ...row, distance }]
  })
  const last = nodes.at(-1)
  return {
    root: rootRow,
    nodes,
    edges,
    backEdges,
    stoppedBy: withPermission(graph, plan.stoppedBy),
    next: plan.isCut && last !== undefined ? cursorAt(last, request, nodes.length, plan.digest) : null,
  }
}

function cursorAt(
  { asset, column, distance }: ColumnWalk['nodes'][number],
  { after }: ColumnWalkRequest,
  nodeCount: number,
  answered: string,
): ColumnCursor {
  const count = (after?.count ?? 0) + nodeCount
  return { distance, assetId: asset.assetId, column, answered, count }
}
