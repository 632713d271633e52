import { createHash } from 'node:crypto'
import type { Asset, Direction, Edge, EdgeScope, Sightings } from '../entities.js'
import type { AssetName, Degree, GraphReader } from './graph-reader.js'
import { type Reached, reach } from './reach.js'
import { closingEdges, comesBack, inOrderOfCompletion, inWalkOrder, type PlacedNode } from './walk-order.js'

/** What to walk, and how far. */
export interface WalkRequest {
  rootId: string
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  /** The most nodes to answer with. */
  limit: number
  scope: EdgeScope
  /** Answer with what comes behind this node of the same walk. */
  after: WalkPosition | null
  wants: WalkWants
}

/** What costs a look-up of its own, and is left undefined where nobody wants it. */
export interface WalkWants {
  /** How many neighbours of each node the answer lacks. */
  hidden: boolean
  /** When, and how often, each edge was seen. */
  sightings: boolean
}

/** Where a node stands in the order of a walk: by distance, then by name. */
export interface WalkPosition extends AssetName {
  distance: number
  /** A digest of the nodes answered with so far: tells whether they are still those that come before. */
  answered: string
}

/** Why a walk says less than everything. TIME_LIMIT, FILTER and PERMISSION belong to what stops by those. */
export type StopReason = 'DEPTH' | 'NODE_LIMIT' | 'CHANGED' | 'TIME_LIMIT' | 'FILTER' | 'PERMISSION'

/** A node of an answer. */
export interface WalkedNode {
  asset: Asset
  /** Least number of hops from the root. */
  distance: number
  /** Direct neighbours, of the walk's scope, that are neither in this answer nor in those it continues. */
  hiddenUpstream: number | undefined
  hiddenDownstream: number | undefined
}

/** An edge of an answer, with both its ends. */
export interface WalkedEdge extends Edge, Partial<Sightings> {
  upstream: Asset
  downstream: Asset
}

/** What a walk found, in the order (distance, namespace, key). */
export interface Walk {
  root: Asset
  nodes: WalkedNode[]
  /** Edges between nodes of this answer, or between one and a node of an answer that it continues. */
  edges: WalkedEdge[]
  /** Those of `edges` that close a cycle: see closingEdges. */
  backEdges: WalkedEdge[]
  stoppedBy: StopReason[]
  /** Where to continue; null where the walk has come to its end. */
  next: WalkPosition | null
  watermark: string
}

/**
 * Walks from a root, breadth-first. Cost follows the nodes answered with (and, when continuing, those answered
 * with before), never the number of paths. Null where the root is not recorded.
 */
export async function walk(graph: GraphReader, request: WalkRequest): Promise<Walk | null> {
  const { before, page, stoppedBy } = await reach(graph, request)
  const beforeIds = idsOf(before)
  const pageIds = idsOf(page)
  const { assets, edges, degrees, watermark } = await lookUp(graph, request, beforeIds, pageIds)
  const root = assets.get(request.rootId)
  if (root === undefined) return null

  const answered = inWalkOrder(page, assets)
  // Of the nodes before this page those that edges lead to from it; the others have no part in their order.
  const nodes = [...inWalkOrder(before, assets), ...answered]
  const placed = inOrderOfCompletion(edges, nodes)
  const closing = new Set<Edge>()
  if (placed.some((edge) => comesBack(edge, request.direction))) {
    // What answers before this one held counts where edges close cycles, and nowhere else.
    const whole =
      before.length === 0
        ? { placed, nodes }
        : await withEarlier(graph, request.scope, before, answered, edges)
    for (const edge of closingEdges(whole.placed, whole.nodes.length, request.direction)) closing.add(edge)
  }
  const walked: WalkedEdge[] = []
  const backEdges: WalkedEdge[] = []
  for (const { edge } of placed) {
    const upstream = assets.get(edge.upstreamId)
    const downstream = assets.get(edge.downstreamId)
    if (upstream === undefined || downstream === undefined) continue
    // Written into the row that was read for this walk: on 25,000 edges copies would cost more than all the rest.
    const one: WalkedEdge = Object.assign(edge, { upstream, downstream })
    walked.push(one)
    if (closing.has(edge)) backEdges.push(one)
  }
  const shown = countEdges(request.wants.hidden ? edges : [])
  const last = answered.at(-1)
  // What has come to stand before the cursor since is in no answer of this walk, which must not seem complete then.
  const hasChanged = request.after !== null && request.after.answered !== digestOf(beforeIds)
  return {
    root,
    nodes: answered.flatMap(({ id, distance }) => {
      const asset = assets.get(id)
      if (asset === undefined) return []
      const degree = degrees.get(id)
      return {
        asset,
        distance,
        hiddenUpstream: degree && degree.upstream - (shown.upstream.get(id) ?? 0),
        hiddenDownstream: degree && degree.downstream - (shown.downstream.get(id) ?? 0),
      }
    }),
    edges: walked,
    backEdges,
    stoppedBy: hasChanged ? [...stoppedBy, 'CHANGED'] : stoppedBy,
    next:
      stoppedBy.includes('NODE_LIMIT') && last !== undefined
        ? positionOf(last, hasChanged ? CHANGED : digestOf([...beforeIds, ...pageIds]))
        : null,
    watermark,
  }
}

/** What the graph says of the nodes of an answer, and of those before it that edges lead to. */
async function lookUp(
  graph: GraphReader,
  { rootId, scope, wants }: WalkRequest,
  beforeIds: readonly string[],
  pageIds: readonly string[],
) {
  const [edges, degrees, nodes, watermark] = await Promise.all([
    graph.edgesAmong(pageIds, beforeIds, scope, wants.sightings),
    wants.hidden ? graph.degrees(pageIds, scope) : new Map<string, Degree>(),
    graph.assets([...new Set(pageIds).add(rootId)]),
    graph.watermark(),
  ])
  // Only where a walk is continued has an edge an end outside of its page.
  const farEnds = new Set<string>()
  for (const { upstreamId, downstreamId } of beforeIds.length > 0 ? edges : []) {
    if (!nodes.has(upstreamId)) farEnds.add(upstreamId)
    if (!nodes.has(downstreamId)) farEnds.add(downstreamId)
  }
  const assets = farEnds.size > 0 ? new Map([...nodes, ...(await graph.assets([...farEnds]))]) : nodes
  return { assets, edges, degrees, watermark }
}

/** The whole of a walk up to the end of a page: every node in its place, every edge between two of them. */
async function withEarlier(
  graph: GraphReader,
  scope: EdgeScope,
  before: readonly Reached[],
  answered: readonly PlacedNode[],
  edges: readonly Edge[],
) {
  const beforeIds = idsOf(before)
  const [names, links] = await Promise.all([graph.names(beforeIds), graph.linksAmong(beforeIds, scope)])
  const nodes = [...inWalkOrder(before, names), ...answered]
  return { placed: inOrderOfCompletion([...links, ...edges], nodes), nodes }
}

const idsOf = (reached: readonly Reached[]): string[] => reached.map(({ id }) => id)

/** How many of these edges each asset has on either side. */
function countEdges(edges: readonly Edge[]) {
  const upstream = new Map<string, number>()
  const downstream = new Map<string, number>()
  for (const { upstreamId, downstreamId } of edges) {
    upstream.set(downstreamId, (upstream.get(downstreamId) ?? 0) + 1)
    downstream.set(upstreamId, (downstream.get(upstreamId) ?? 0) + 1)
  }
  return { upstream, downstream }
}

function positionOf({ distance, name: { namespace, key } }: PlacedNode, answered: string): WalkPosition {
  return { distance, namespace, key, answered }
}

/** No digest, so that an answer once found changed stays so to the end of its walk. */
const CHANGED = ''

function digestOf(ids: string[]): string {
  return createHash('sha256').update(ids.sort().join()).digest('base64url').slice(0, 22)
}
