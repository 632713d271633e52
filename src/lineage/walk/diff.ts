import { nextTurn } from '../../util/next-turn.js'
import type { Asset, Direction, EdgeScope } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { GraphReader } from './graph-reader.js'
import { downstreamOf, LinkedRings, upstreamOf } from './linked-rings.js'
import type { TimeLimit } from './time-limit.js'
import { type StopReason, type WalkedEdge, withPermission } from './walk.js'
import { walkedEdges } from './walked-edges.js'

/** Which lineage to compare at two times. */
export interface DiffRequest {
  rootId: string
  direction: Direction
  /** Hops from the root; null for no end. */
  depth: number | null
  scope: EdgeScope
  from: Date
  to: Date
  /** The most of each list. */
  limit: number
  /** Whether anybody asks when, and how often, edges were seen. */
  withSightings: boolean
  time: TimeLimit
}

/** What has come to a lineage, and gone from it. Counts are of all; lists are in the order of names, and may be cut. */
export interface Diff {
  addedNodes: Asset[]
  removedNodes: Asset[]
  /** As of the later time. */
  addedEdges: WalkedEdge[]
  /** As of the earlier time. */
  removedEdges: WalkedEdge[]
  addedNodeCount: number
  removedNodeCount: number
  unchangedNodeCount: number
  addedEdgeCount: number
  removedEdgeCount: number
  unchangedEdgeCount: number
  stoppedBy: StopReason[]
}

/** A lineage at one time, as far as it has been walked. */
interface Side {
  graph: GraphReader
  asOf: Date
  /** Null where the root was not known yet. */
  rings: LinkedRings | null
}

/**
 * Compares a lineage at two times: the two walks go outward side by side, so that where time is over what is compared
 * is all within the same distance. Null where the root is not known at the later time; before it was known it had no
 * lineage.
 */
export async function diff(at: (time: Date) => GraphReader, request: DiffRequest): Promise<Diff | null> {
  const [from, to] = await Promise.all([sideAt(at, request.from, request), sideAt(at, request.to, request)])
  if (to.rings === null) return null
  // The other half is for what has been found to be compared, brought in order and fetched.
  const stoppedBy = await goOutward([from, to], request.depth, request.time.half())

  const [formerNodes, nodes] = [from.rings?.nodes ?? [], to.rings.nodes]
  const gone = without(formerNodes, nodes)
  const come = without(nodes, formerNodes)
  await nextTurn()
  const [formerLinks, links] = [from.rings?.links() ?? NO_LINKS, to.rings.links()]
  await nextTurn()
  const goneLinks = linksWithout(formerLinks, links)
  const comeLinks = linksWithout(links, formerLinks)
  const isCut = [gone, come, goneLinks, comeLinks].some(({ length }) => length > request.limit)
  const [removedNodes, addedNodes, removedEdges, addedEdges] = await Promise.all([
    nodesByName(from, gone, request),
    nodesByName(to, come, request),
    edgesByName(from, goneLinks, request),
    edgesByName(to, comeLinks, request),
  ])
  return {
    addedNodes,
    removedNodes,
    addedEdges,
    removedEdges,
    addedNodeCount: come.length,
    removedNodeCount: gone.length,
    unchangedNodeCount: nodes.length - come.length,
    addedEdgeCount: comeLinks.length,
    removedEdgeCount: goneLinks.length,
    unchangedEdgeCount: links.length - comeLinks.length,
    stoppedBy: withPermission(
      { withheld: from.graph.withheld + to.graph.withheld },
      isCut ? [...stoppedBy, 'NODE_LIMIT'] : stoppedBy,
    ),
  }
}

async function sideAt(
  at: (time: Date) => GraphReader,
  asOf: Date,
  { rootId, direction, scope }: DiffRequest,
): Promise<Side> {
  const graph = at(asOf)
  const root = await graph.nodeOf(rootId)
  return { graph, asOf, rings: root === undefined ? null : new LinkedRings(graph, root, direction, scope) }
}

/** Takes ring by ring of each side; says what ended it, but for there being no more. */
async function goOutward(
  sides: readonly Side[],
  depth: number | null,
  time: TimeLimit,
): Promise<StopReason[]> {
  const open = sides.flatMap(({ rings }) => rings ?? [])
  for (let distance = 0; open.some((rings) => !rings.isDone); distance++) {
    const isBeyond = depth !== null && distance > depth
    if (isBeyond && open.some((rings) => rings.hasNews)) return ['DEPTH']
    const limit = distance === 0 ? null : time
    const looked = await Promise.all(open.map((rings) => rings.lookAround(limit)))
    if (looked.includes(false)) return ['TIME_LIMIT']
    for (const rings of open) {
      if (isBeyond) rings.goOn()
      else rings.take()
    }
  }
  return []
}

function without(nodes: readonly number[], others: readonly number[]): number[] {
  const isOther = new NodeSet()
  for (const node of others) isOther.add(node)
  return nodes.filter((node) => !isOther.has(node))
}

/** Of links, ascending, those that others, ascending, lack. */
function linksWithout(links: Float64Array, others: Float64Array): Float64Array {
  let place = 0
  return links.filter((link) => {
    while (place < others.length && (others[place] ?? 0) < link) place++
    return others[place] !== link
  })
}

async function nodesByName({ graph }: Side, nodes: readonly number[], { limit }: DiffRequest) {
  const assets = await graph.assets(await graph.firstByName(nodes, null, limit))
  return assets.flatMap((asset) => asset ?? [])
}

/** By the names of their downstream ends, then of their upstream ones. */
async function edgesByName(
  { graph, asOf }: Side,
  links: Float64Array,
  { limit, withSightings }: DiffRequest,
): Promise<WalkedEdge[]> {
  const upstreamsOf = new Map<number, number[]>()
  for (const link of links) {
    const upstreams = upstreamsOf.get(downstreamOf(link))
    if (upstreams === undefined) upstreamsOf.set(downstreamOf(link), [upstreamOf(link)])
    else upstreams.push(upstreamOf(link))
  }
  // Each of them has an edge, so these have enough.
  const downstreams = await graph.firstByName([...upstreamsOf.keys()], null, limit)
  const ends = [...new Set(downstreams.flatMap((node) => upstreamsOf.get(node) ?? []))]
  const inOrder = await graph.firstByName(ends, null, ends.length)
  const rankOf = new Map(inOrder.map((node, rank) => [node, rank]))
  const rank = (node: number) => rankOf.get(node) ?? 0
  const first = downstreams.flatMap((downstream) => {
    const upstreams = upstreamsOf.get(downstream) ?? []
    return upstreams.sort((a, b) => rank(a) - rank(b)).map((upstream) => ({ upstream, downstream }))
  })
  const edges = await walkedEdges(graph, first.slice(0, limit), withSightings)
  return edges.flatMap((edge) => (edge === null ? [] : { ...edge, asOf }))
}

const NO_LINKS = new Float64Array(0)
