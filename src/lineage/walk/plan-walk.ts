import { createHash } from 'node:crypto'
import type { Degree, GraphReader, Link } from './graph-reader.js'
import { type Reached, reach } from './reach.js'
import type { WalkRequest } from './walk.js'
import { closingEdges, comesBack, inOrderOfCompletion, inWalkOrder, type PlacedEdge } from './walk-order.js'

/** All that the graph alone says of an answer: its nodes and edges, in their order, and what there is beside them. */
export async function planWalk(graph: GraphReader, root: number, request: WalkRequest) {
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
  const placed = inOrderOfCompletion(links, nodesOf([...farEnds, ...answered]))
  const closing = new Set<PlacedEdge>()
  if (placed.some((edge) => comesBack(edge, direction))) {
    const found =
      before.length === 0
        ? closingEdges(placed, answered.length, direction)
        : // What answers before this one held counts where edges close cycles, and nowhere else.
          await closingWithEarlier(graph, request, before, answered, placed)
    for (const edge of found) closing.add(edge)
  }
  const isLate = stoppedBy.includes('TIME_LIMIT')
  const isCut = isLate || stoppedBy.includes('NODE_LIMIT')
  // What has come to stand before the cursor since is in no answer of this walk, which must not seem complete then.
  const hasReachedCursor = request.after !== null && !(isLate && page.length === 0)
  const hasChanged = hasReachedCursor && request.after?.answered !== digestOf(graph.idsOf(beforeNodes))
  return {
    answered,
    farEnds,
    placed,
    closing,
    degrees: new Map<number, Degree>(degrees.map((degree, at) => [pageNodes[at] ?? -1, degree])),
    // A neighbour over hidden ones is no direct neighbour.
    shown: countEdges(wants.hidden ? links.filter(({ via = [] }) => via.length === 0) : []),
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
  const whole = inOrderOfCompletion([...earlierLinks, ...own.keys()], nodesOf(nodes))
  return closingEdges(whole, nodes.length, direction).flatMap(({ link }) => own.get(link) ?? [])
}

/** The nodes of what a walk has come to, in its order. */
export const nodesOf = (reached: readonly Reached[]): number[] => reached.map(({ node }) => node)

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

/** No digest, so that an answer once found changed stays so to the end of its walk. */
const CHANGED = ''

function digestOf(ids: string[]): string {
  return createHash('sha256').update(ids.sort().join()).digest('base64url').slice(0, 22)
}
