import { compareCodePoints } from '../../util/code-points.js'
import type { Asset, Direction, EdgeScope, LineageEdge, Way } from '../entities.js'
import { findBackEdges, type NumberedEdge } from './back-edges.js'
import type { AssetName, GraphReader } from './graph-reader.js'
import { type Reached, reach } from './reach.js'

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
}

/** Where a node stands in the order of a walk: by distance, then by name. */
export interface WalkPosition extends AssetName {
  distance: number
}

/** Why a walk says less than everything. TIME_LIMIT, FILTER and PERMISSION belong to what stops by those. */
export type StopReason = 'DEPTH' | 'NODE_LIMIT' | 'TIME_LIMIT' | 'FILTER' | 'PERMISSION'

export interface WalkedNode {
  asset: Asset
  /** Least number of hops from the root. */
  distance: number
  /** Direct neighbours, of the walk's scope, that are neither in this answer nor in those it continues. */
  hiddenUpstream: number
  hiddenDownstream: number
}

export interface WalkedEdge extends LineageEdge {
  upstream: Asset
  downstream: Asset
}

export interface Walk {
  root: Asset
  nodes: WalkedNode[]
  /** Edges between nodes of this answer, or between one and a node of an answer that it continues. */
  edges: WalkedEdge[]
  /** Those of `edges` that close a cycle: see findBackEdges. */
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
  const ids = [...before, ...page].map(({ id }) => id)
  const assets = await graph.assets(ids.length === 0 ? [request.rootId] : ids)
  const root = assets.get(request.rootId) ?? (await graph.assets([request.rootId])).get(request.rootId)
  if (root === undefined) return null

  const earlier = inWalkOrder(before, assets)
  const answered = inWalkOrder(page, assets)
  const edges = await edgesInWalkOrder(graph, [...earlier, ...answered], request)
  const closing = new Set(findBackEdges(likelyOrder([...earlier, ...answered]), edges))
  const shown = countByNode(edges)
  const degrees = await graph.degrees(
    page.map(({ id }) => id),
    request.scope,
  )
  const isNew = ({ from, to }: NumberedEdge) => Math.max(from, to) >= earlier.length
  const last = answered.at(-1)

  return {
    root,
    nodes: answered.map(({ asset, distance }, at) => {
      const degree = degrees.get(asset.assetId) ?? { upstream: 0, downstream: 0 }
      return {
        asset,
        distance,
        hiddenUpstream: degree.upstream - (shown.upstream.get(earlier.length + at) ?? 0),
        hiddenDownstream: degree.downstream - (shown.downstream.get(earlier.length + at) ?? 0),
      }
    }),
    edges: edges.filter(isNew).map(({ edge }) => edge),
    backEdges: edges.filter((edge) => isNew(edge) && closing.has(edge)).map(({ edge }) => edge),
    stoppedBy,
    next: stoppedBy.includes('NODE_LIMIT') && last !== undefined ? positionOf(last) : null,
    watermark: graph.watermark,
  }
}

interface PlacedAsset {
  asset: Asset
  distance: number
  way: Way
}

/** The farthest upstream first, the farthest downstream last. */
function likelyOrder(nodes: readonly PlacedAsset[]): number[] {
  const upstream = [...nodes.keys()].filter((at) => nodes[at]?.way === 'UPSTREAM')
  const downstream = [...nodes.keys()].filter((at) => nodes[at]?.way === 'DOWNSTREAM')
  return [...upstream.reverse(), ...downstream]
}

function inWalkOrder(reached: readonly Reached[], assets: ReadonlyMap<string, Asset>): PlacedAsset[] {
  return reached
    .flatMap(({ id, distance, way }) => {
      const asset = assets.get(id)
      return asset === undefined ? [] : { asset, distance, way }
    })
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        compareCodePoints(a.asset.namespace, b.asset.namespace) ||
        compareCodePoints(a.asset.key, b.asset.key),
    )
}

function positionOf({ asset: { namespace, key }, distance }: PlacedAsset): WalkPosition {
  return { distance, namespace, key }
}

interface PlacedEdge extends NumberedEdge {
  edge: WalkedEdge
}

/**
 * The edges among these nodes, in the order in which the walk completes them: by the later of their ends; then the
 * nearer the other end is to it, the earlier, and those that lead the walk's way before those that lead back. So
 * where a walk comes around a cycle, the edge by which it returns is the one that closes it.
 */
async function edgesInWalkOrder(
  graph: GraphReader,
  nodes: readonly PlacedAsset[],
  { scope, direction }: WalkRequest,
): Promise<PlacedEdge[]> {
  const number = new Map(nodes.map(({ asset }, at) => [asset.assetId, at]))
  const edges = await graph.edgesAmong([...number.keys()], scope)
  const leadsBack = ({ from, to }: NumberedEdge) => Number(direction === 'UPSTREAM' ? to > from : from > to)
  return edges
    .flatMap((edge) => {
      const from = number.get(edge.upstreamId)
      const to = number.get(edge.downstreamId)
      const upstream = nodes[from ?? -1]?.asset
      const downstream = nodes[to ?? -1]?.asset
      if (from === undefined || to === undefined || upstream === undefined || downstream === undefined)
        return []
      return { from, to, edge: { ...edge, upstream, downstream } }
    })
    .sort(
      (a, b) =>
        Math.max(a.from, a.to) - Math.max(b.from, b.to) ||
        Math.min(b.from, b.to) - Math.min(a.from, a.to) ||
        leadsBack(a) - leadsBack(b),
    )
}

/** How many edges lead into, and out of, each numbered node. */
function countByNode(edges: readonly NumberedEdge[]) {
  const upstream = new Map<number, number>()
  const downstream = new Map<number, number>()
  for (const { from, to } of edges) {
    upstream.set(to, (upstream.get(to) ?? 0) + 1)
    downstream.set(from, (downstream.get(from) ?? 0) + 1)
  }
  return { upstream, downstream }
}
