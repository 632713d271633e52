import type { Asset, Direction, EdgeScope } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import type { GraphReader, Link } from './graph-reader.js'
import { Rings } from './rings.js'
import type { TimeLimit } from './time-limit.js'
import type { StopReason, WalkedEdge } from './walk.js'
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
  rings: Rings | null
  nodes: number[]
}

/** How many nodes one request to the graph may bring. */
const ENOUGH = 10_000

/**
 * Compares a lineage at two times: the two walks go outward side by side, so that where time is over what is compared
 * is all within the same distance. Null where the root is not known at the later time; before it was known it had no
 * lineage.
 */
export async function diff(at: (time: Date) => GraphReader, request: DiffRequest): Promise<Diff | null> {
  const sides = await Promise.all([sideAt(at, request.from, request), sideAt(at, request.to, request)])
  const [from, to] = sides
  if (to.rings === null) return null
  const stoppedBy = await goOutward(sides, request)

  const gone = without(from.nodes, to.nodes)
  const come = without(to.nodes, from.nodes)
  const [formerLinks, links] = await Promise.all(
    sides.map(({ graph, nodes }) => graph.links(nodes, [], request.scope)),
  )
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
    unchangedNodeCount: to.nodes.length - come.length,
    addedEdgeCount: comeLinks.length,
    removedEdgeCount: goneLinks.length,
    unchangedEdgeCount: (links?.length ?? 0) - comeLinks.length,
    stoppedBy: isCut ? [...stoppedBy, 'NODE_LIMIT'] : stoppedBy,
  }
}

async function sideAt(at: (time: Date) => GraphReader, asOf: Date, request: DiffRequest): Promise<Side> {
  const graph = at(asOf)
  const root = await graph.nodeOf(request.rootId)
  const rings = root === undefined ? null : new Rings(graph, root, request.direction, request.scope)
  return { graph, asOf, rings, nodes: [] }
}

/** Takes ring by ring of each side; says what ended it, but for there being no more. */
async function goOutward(sides: readonly Side[], { depth, time }: DiffRequest): Promise<StopReason[]> {
  for (let distance = 0; depth === null || distance <= depth; distance++) {
    if (time.isOver && distance > 0) return ['TIME_LIMIT']
    const rings = await Promise.all(sides.map((side) => side.rings?.ring(distance, ENOUGH) ?? null))
    if (rings.every((ring) => ring === null)) return []
    for (const [place, side] of sides.entries()) for (const node of rings[place] ?? []) side.nodes.push(node)
  }
  const further = await Promise.all(sides.map((side) => side.rings?.goesOn(depth ?? 0, ENOUGH)))
  return further.some(Boolean) ? ['DEPTH'] : []
}

function without(nodes: readonly number[], others: readonly number[]): number[] {
  const isOther = new NodeSet()
  for (const node of others) isOther.add(node)
  return nodes.filter((node) => !isOther.has(node))
}

function linksWithout(links: readonly Link[] = [], others: readonly Link[] = []): Link[] {
  const nameOf = ({ upstream, downstream }: Link) => upstream * 2 ** 26 + downstream
  const isOther = new Set(others.map(nameOf))
  return links.filter((link) => !isOther.has(nameOf(link)))
}

async function nodesByName({ graph }: Side, nodes: readonly number[], { limit }: DiffRequest) {
  const assets = await graph.assets(await graph.firstByName(nodes, null, limit))
  return assets.flatMap((asset) => asset ?? [])
}

/** By the names of their downstream ends, then of their upstream ones. */
async function edgesByName(
  { graph, asOf }: Side,
  links: readonly Link[],
  { limit, withSightings }: DiffRequest,
): Promise<WalkedEdge[]> {
  const ends = [...new Set(links.flatMap(({ upstream, downstream }) => [upstream, downstream]))]
  const inOrder = await graph.firstByName(ends, null, ends.length)
  const rankOf = new Map(inOrder.map((node, rank) => [node, rank]))
  const rank = (node: number) => rankOf.get(node) ?? 0
  const first = [...links]
    .sort((a, b) => rank(a.downstream) - rank(b.downstream) || rank(a.upstream) - rank(b.upstream))
    .slice(0, limit)
  const edges = await walkedEdges(graph, first, withSightings)
  return edges.flatMap((edge) => (edge === null ? [] : { ...edge, asOf }))
}
