import { nextTurn } from '../../util/next-turn.js'
import type { Asset } from '../entities.js'
import type { GraphReader } from './graph-reader.js'
import { edgesOfWay, sightingsOf } from './link-ways.js'
import { nodesOf, type PlanRequest, type WalkPlan } from './plan-walk.js'
import type { Reached } from './reach.js'
import type { WalkedEdge, WalkedNode, WalkPosition } from './walk.js'

/** Answers with more nodes than this are put together in pieces, so that others need not wait for all of it. */
const LARGE = 1_000

/** What an answer's plan takes to be told: a time that it is of, where that is not now. */
export type AnswerRequest = PlanRequest & { asOf: Date | null }

/** Fetches the rows of a planned answer, and puts it together. `root`: whose row to fetch too. */
export async function answerOf(
  graph: GraphReader,
  plan: WalkPlan,
  request: AnswerRequest,
  root: number | null = null,
) {
  const { answered, farEnds, placed } = plan
  const roots = root === null ? [] : [root]
  // Everything that is asked of the graph has been: rows may be newer than it, and come last.
  const [rows, sightings] = await Promise.all([
    graph.assets([...roots, ...nodesOf(farEnds), ...nodesOf(answered)]),
    request.wants.sightings
      ? sightingsOf(
          graph,
          placed.map(({ link }) => link),
        )
      : [],
  ])
  const assets = rows.slice(roots.length)
  const isLarge = assets.length > LARGE
  if (isLarge) await nextTurn()

  const edges: WalkedEdge[] = []
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
    if (one.viaCount > 0) one.way = () => edgesOfWay(graph, edge.link)
    edges.push(one)
    if (plan.closing.has(edge)) backEdges.push(one)
  })
  if (isLarge) await nextTurn()
  return {
    root: root === null ? null : (rows[0] ?? null),
    nodes: nodesIn(plan, assets),
    edges,
    backEdges,
    stoppedBy: plan.stoppedBy,
    next: plan.isCut ? positionOf(answered.at(-1), assets.at(-1), plan.digest) : null,
    watermark: plan.watermark,
  }
}

/** The nodes of an answer, where assets come in the order of its far ends and its nodes. */
function nodesIn({ answered, farEnds, degrees, shown }: WalkPlan, assets: readonly (Asset | null)[]) {
  return answered.flatMap(({ node, distance }, at): WalkedNode[] => {
    const asset = assets[farEnds.length + at]
    if (asset == null) return []
    const degree = degrees.get(node)
    return [
      {
        asset,
        distance,
        hiddenUpstream: degree && degree.upstream - (shown.upstream.get(node) ?? 0),
        hiddenDownstream: degree && degree.downstream - (shown.downstream.get(node) ?? 0),
      },
    ]
  })
}

function positionOf(
  last: Reached | undefined,
  asset: Asset | null | undefined,
  answered: string,
): WalkPosition | null {
  if (last === undefined || asset == null) return null
  return { distance: last.distance, namespace: asset.namespace, key: asset.key, answered }
}
