import { createHash } from 'node:crypto'
import { nextTurn } from '../../util/next-turn.js'
import type { Asset, Direction, Edge, EdgeScope, Sightings } from '../entities.js'
import type { AssetName, Degree, GraphReader, Link } from './graph-reader.js'
import { type Reached, reach } from './reach.js'
import { closingEdges, comesBack, inOrderOfCompletion, inWalkOrder, type PlacedEdge } from './walk-order.js'

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
  const root = await graph.nodeOf(request.rootId)
  if (root === undefined) return null
  const plan = await planWalk(graph, root, request)
  const { answered, farEnds, placed, shown } = plan
  const nodes = [...farEnds, ...answered]
  // Everything that is asked of the graph has been: rows may be newer than it, and come last.
  const [[rootAsset, ...assets], sightings] = await Promise.all([
    graph.assets([root, ...nodesOf(nodes)]),
    request.wants.sightings ? graph.sightings(placed.map(({ link }) => link)) : [],
  ])
  if (rootAsset == null) return null
  const isLarge = nodes.length > LARGE
  if (isLarge) await nextTurn()

  const walked: WalkedEdge[] = []
  const backEdges: WalkedEdge[] = []
  placed.forEach((edge, at) => {
    const upstream = assets[edge.from]
    const downstream = assets[edge.to]
    if (upstream == null || downstream == null) return
    const ends = { upstreamId: upstream.assetId, downstreamId: downstream.assetId, upstream, downstream }
    const one: WalkedEdge = request.wants.sightings ? { ...ends, ...sightings[at] } : ends
    walked.push(one)
    if (plan.closing.has(edge)) backEdges.push(one)
  })
  if (isLarge) await nextTurn()
  return {
    root: rootAsset,
    nodes: answered.flatMap(({ node, distance }, at) => {
      const asset = assets[farEnds.length + at]
      if (asset == null) return []
      const degree = plan.degrees.get(node)
      return {
        asset,
        distance,
        hiddenUpstream: degree && degree.upstream - (shown.upstream.get(node) ?? 0),
        hiddenDownstream: degree && degree.downstream - (shown.downstream.get(node) ?? 0),
      }
    }),
    edges: walked,
    backEdges,
    stoppedBy: plan.stoppedBy,
    next: plan.isCut ? positionOf(answered.at(-1), assets.at(-1), plan.digest) : null,
    watermark: plan.watermark,
  }
}

/** Answers with more nodes than this are put together in pieces, so that others need not wait for all of it. */
const LARGE = 1_000

/** All that the graph alone says of an answer. */
async function planWalk(graph: GraphReader, root: number, request: WalkRequest) {
  const { scope, direction, wants } = request
  const { before, page, stoppedBy } = await reach(graph, root, request)
  const beforeNodes = nodesOf(before)
  const pageNodes = nodesOf(page)
  const [answered, links, degrees, watermark] = await Promise.all([
    inWalkOrder(graph, page),
    graph.links(pageNodes, beforeNodes, scope),
    wants.hidden ? graph.degrees(pageNodes, scope) : [],
    graph.watermark(),
  ])
  // Of the nodes before this page those that edges lead to from it; the others have no part in their order.
  const ends = new Set(
    before.length === 0 ? [] : links.flatMap(({ upstream, downstream }) => [upstream, downstream]),
  )
  const farEnds =
    ends.size === 0
      ? []
      : await inWalkOrder(
          graph,
          before.filter(({ node }) => ends.has(node)),
        )
  const placed = inOrderOfCompletion(links, placesOf([...farEnds, ...answered]))
  const closing = new Set<PlacedEdge>()
  if (placed.some((edge) => comesBack(edge, direction))) {
    const found =
      before.length === 0
        ? closingEdges(placed, answered.length, direction)
        : // What answers before this one held counts where edges close cycles, and nowhere else.
          await closingWithEarlier(graph, request, before, answered, placed)
    for (const edge of found) closing.add(edge)
  }
  // What has come to stand before the cursor since is in no answer of this walk, which must not seem complete then.
  const hasChanged = request.after !== null && request.after.answered !== digestOf(graph.idsOf(beforeNodes))
  const isCut = stoppedBy.includes('NODE_LIMIT')
  return {
    answered,
    farEnds,
    placed,
    closing,
    degrees: new Map<number, Degree>(degrees.map((degree, at) => [pageNodes[at] ?? -1, degree])),
    shown: countEdges(wants.hidden ? links : []),
    stoppedBy: hasChanged ? [...stoppedBy, 'CHANGED' as const] : stoppedBy,
    isCut,
    digest: isCut && !hasChanged ? digestOf(graph.idsOf([...beforeNodes, ...pageNodes])) : CHANGED,
    watermark,
  }
}

/** Of a page's edges those that close cycles, where answers before it count: every edge up to its end does. */
async function closingWithEarlier(
  graph: GraphReader,
  { scope, direction }: WalkRequest,
  before: readonly Reached[],
  answered: readonly Reached[],
  placed: readonly PlacedEdge[],
): Promise<PlacedEdge[]> {
  const [earlier, earlierLinks] = await Promise.all([
    inWalkOrder(graph, before),
    graph.links(nodesOf(before), [], scope),
  ])
  const nodes = [...earlier, ...answered]
  const own = new Map(placed.map((edge) => [edge.link, edge]))
  const whole = inOrderOfCompletion([...earlierLinks, ...own.keys()], placesOf(nodes))
  return closingEdges(whole, nodes.length, direction).flatMap(({ link }) => own.get(link) ?? [])
}

const nodesOf = (reached: readonly Reached[]): number[] => reached.map(({ node }) => node)

const placesOf = (reached: readonly Reached[]) => new Map(reached.map(({ node }, place) => [node, place]))

/** How many of these edges each node has on either side. */
function countEdges(links: readonly Link[]) {
  const upstream = new Map<number, number>()
  const downstream = new Map<number, number>()
  for (const link of links) {
    upstream.set(link.downstream, (upstream.get(link.downstream) ?? 0) + 1)
    downstream.set(link.upstream, (downstream.get(link.upstream) ?? 0) + 1)
  }
  return { upstream, downstream }
}

function positionOf(
  last: Reached | undefined,
  asset: Asset | null | undefined,
  answered: string,
): WalkPosition | null {
  if (last === undefined || asset == null) return null
  return { distance: last.distance, namespace: asset.namespace, key: asset.key, answered }
}

/** No digest, so that an answer once found changed stays so to the end of its walk. */
const CHANGED = ''

function digestOf(ids: string[]): string {
  return createHash('sha256').update(ids.sort().join()).digest('base64url').slice(0, 22)
}
