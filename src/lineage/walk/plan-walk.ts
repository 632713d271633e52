import { createHash } from 'node:crypto'
import type { Direction } from '../entities.js'
import type { Degree, GraphReader, Link, WalkableGraph } from './graph-reader.js'
import type { Reach, Reached } from './reach.js'
import type { WalkExtent, WalkRequest } from './walk.js'
import { closingEdges, comesBack, inOrderOfCompletion, inWalkOrder, type PlacedEdge } from './walk-order.js'

/** What the plan of an answer depends on, beside the nodes that it has come to. */
export type PlanRequest = Pick<WalkRequest, 'scope' | 'direction' | 'wants' | 'after'>

/** All that the graph alone says of an answer: its nodes and edges, in their order, and what there is beside them. */
export type WalkPlan = Awaited<ReturnType<typeof planWalk>>

/** The edges of an answer: see GraphReader.links. */
export type LinksOf<L extends Link = Link> = (
  nodes: readonly number[],
  others: readonly number[],
) => Promise<L[]>

/** Plans an answer with these assets, and by default with all edges between them. */
export async function planWalk(graph: GraphReader, reached: Reach, request: PlanRequest, linksOf?: LinksOf) {
  const { scope, wants } = request
  const askBeside = (nodes: readonly number[]) =>
    Promise.all([wants.hidden ? graph.degrees(nodes, scope) : [], graph.watermark()])
  const { beside, pageNodes, links, ...plan } = await planPage(graph, reached, request, askBeside, linksOf)
  const [degrees, watermark] = beside
  return {
    ...plan,
    degrees: new Map<number, Degree>(degrees.map((degree, at) => [pageNodes[at] ?? -1, degree])),
    // A neighbour over hidden ones is no direct neighbour.
    shown: countEdges(wants.hidden ? links.filter(({ via = [] }) => via.length === 0) : []),
    watermark,
  }
}

/**
 * The nodes and edges of an answer, in their order, and whether it is all. `askBeside`: what else is to be asked of
 * its nodes, at once with its edges.
 */
export async function planPage<Position, L extends Link, Beside>(
  graph: WalkableGraph<Position, L>,
  { before, page, stoppedBy }: Reach,
  request: Pick<WalkExtent<Position>, 'scope' | 'direction' | 'after'>,
  askBeside: (pageNodes: readonly number[]) => Promise<Beside>,
  linksOf: LinksOf<L> = (nodes, others) => graph.links(nodes, others, request.scope),
) {
  const { direction } = request
  const beforeNodes = nodesOf(before)
  const pageNodes = nodesOf(page)
  const [answered, links, beside] = await Promise.all([
    inWalkOrder(graph, page),
    linksOf(pageNodes, beforeNodes),
    askBeside(pageNodes),
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
  const closing = new Set<PlacedEdge<L>>()
  if (placed.some((edge) => comesBack(edge, direction))) {
    const found =
      before.length === 0
        ? closingEdges(placed, answered.length, direction)
        : // What answers before this one held counts where edges close cycles, and nowhere else.
          await closingWithEarlier(graph, linksOf, direction, before, answered, placed)
    for (const edge of found) closing.add(edge)
  }
  const isLate = stoppedBy.includes('TIME_LIMIT')
  const isCut = isLate || stoppedBy.includes('NODE_LIMIT')
  // What has come to stand before the cursor since is in no answer of this walk, which must not seem complete then.
  const hasReachedCursor = request.after !== null && !(isLate && page.length === 0)
  const hasChanged = hasReachedCursor && request.after?.answered !== digestOf(graph.idsOf(beforeNodes))
  return {
    pageNodes,
    links,
    beside,
    answered,
    farEnds,
    placed,
    closing,
    stoppedBy: hasChanged ? [...stoppedBy, 'CHANGED' as const] : stoppedBy,
    isCut,
    digest: isCut && !hasChanged ? digestOf(graph.idsOf([...beforeNodes, ...pageNodes])) : CHANGED,
  }
}

/** Of a page's edges those that close cycles, where answers before it count: every edge up to its end does. */
async function closingWithEarlier<Position, L extends Link>(
  graph: WalkableGraph<Position, L>,
  linksOf: LinksOf<L>,
  direction: Direction,
  before: readonly Reached[],
  answered: readonly Reached[],
  placed: readonly PlacedEdge<L>[],
): Promise<PlacedEdge<L>[]> {
  const [earlier, earlierLinks] = await Promise.all([
    inWalkOrder(graph, before),
    linksOf(nodesOf(before), []),
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
