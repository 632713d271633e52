import { nextTurn } from '../../util/next-turn.js'
import type { Asset, Direction, Edge, EdgeScope, Sightings } from '../entities.js'
import { FilteredGraph, type WalkFilter } from './filtered-graph.js'
import type { AssetName, GraphReader } from './graph-reader.js'
import { edgesOfWay, sightingsOf } from './link-ways.js'
import { nodesOf, planWalk } from './plan-walk.js'
import type { Reached } from './reach.js'
import type { TimeLimit } from './time-limit.js'

/** What to walk, and how far. */
export interface WalkRequest {
  rootId: string
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  /** The most nodes to answer with. */
  limit: number
  scope: EdgeScope
  /** Null for everything. */
  filter: WalkFilter | null
  /** The time that the graph is read as of, where that is not now: edges are told of it. */
  asOf: Date | null
  time: TimeLimit
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
  /** How many hidden assets it stands for. */
  viaCount: number
  /** The edges that it stands for, where there are several. */
  way?: readonly Edge[]
  /** The time that the answer is of, where that is not now. */
  asOf?: Date
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
export async function walk(whole: GraphReader, request: WalkRequest): Promise<Walk | null> {
  const root = await whole.nodeOf(request.rootId)
  if (root === undefined) return null
  const { filter } = request
  const filtered = filter === null ? null : new FilteredGraph(whole, { ...request, filter, root })
  const graph = filtered ?? whole
  const plan = await planWalk(graph, root, request)
  const { answered, farEnds, placed, shown } = plan
  const nodes = [...farEnds, ...answered]
  const isKeptBack = await filtered?.hasKeptBack(request.scope, plan.stoppedBy.length === 0)
  // Everything that is asked of the graph has been: rows may be newer than it, and come last.
  const [[rootAsset, ...assets], sightings] = await Promise.all([
    graph.assets([root, ...nodesOf(nodes)]),
    request.wants.sightings
      ? sightingsOf(
          graph,
          placed.map(({ link }) => link),
        )
      : [],
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
    const one: WalkedEdge = {
      upstreamId: upstream.assetId,
      downstreamId: downstream.assetId,
      upstream,
      downstream,
      viaCount: edge.link.via?.length ?? 0,
    }
    if (request.wants.sightings) Object.assign(one, sightings[at])
    if (request.asOf !== null) one.asOf = request.asOf
    if (one.viaCount > 0) one.way = edgesOfWay(graph, edge.link)
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
    stoppedBy: isKeptBack ? [...plan.stoppedBy, 'FILTER'] : plan.stoppedBy,
    next: plan.isCut ? (positionOf(answered.at(-1), assets.at(-1), plan.digest) ?? request.after) : null,
    watermark: plan.watermark,
  }
}

/** Answers with more nodes than this are put together in pieces, so that others need not wait for all of it. */
const LARGE = 1_000

function positionOf(
  last: Reached | undefined,
  asset: Asset | null | undefined,
  answered: string,
): WalkPosition | null {
  if (last === undefined || asset == null) return null
  return { distance: last.distance, namespace: asset.namespace, key: asset.key, answered }
}
