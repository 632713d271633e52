import { HeadwaterError } from '../../errors/headwater-error.js'
import type { EdgeScope, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import { contract } from './contraction.js'
import type { GraphReader, Link } from './graph-reader.js'
import { TimeIsOver, type TimeLimit } from './time-limit.js'

/** What is hidden of a graph. */
export interface Hiding {
  scope: EdgeScope
  /** Of some nodes those that are hidden, and connect what lies on both sides of them. */
  hiddenOf(nodes: Int32Array): Int32Array | Promise<Int32Array>
  /** Which way to search from what is shown: the links are the same, but not the time that it takes. */
  way: Way
  time: TimeLimit
  /** The argument that hides. */
  field: string
}

/** About how many nodes one request to the graph brings. */
const ENOUGH = 10_000

/**
 * The links between one of `nodes` and another, or one of `others`: edges, and ways over hidden nodes alone. Throws
 * QUERY_TOO_COMPLEX where that is too much.
 */
export async function contractedLinks(
  graph: GraphReader,
  nodes: readonly number[],
  others: readonly number[],
  hiding: Hiding,
): Promise<Link[]> {
  const isAsked = new Set(nodes)
  const links = await contracted(graph, [...nodes, ...others], hiding).catch((error: unknown) => {
    if (!(error instanceof TimeIsOver)) throw error
    throw new HeadwaterError(
      'QUERY_TOO_COMPLEX',
      `${hiding.field}: finding what hidden assets connect took too long; ask for fewer assets, or show more of them`,
    )
  })
  return links.filter(({ upstream, downstream }) => isAsked.has(upstream) || isAsked.has(downstream))
}

async function contracted(graph: GraphReader, shown: readonly number[], hiding: Hiding): Promise<Link[]> {
  const { scope, way, time, field } = hiding
  const hidden = await hiddenAround(graph, shown, hiding)
  const links = await graph.links([...shown, ...hidden], [], scope)
  const byName = await graph.firstByName(hidden, null, hidden.length)
  const ranks = new Map(byName.map((node, rank) => [node, rank]))
  const isHidden = (node: number) => ranks.has(node)
  return contract({ links, shown, isHidden, rankOf: (node) => ranks.get(node) ?? -1, way, field }, time)
}

/** The hidden nodes that lie one way of these, over others of their kind. */
async function hiddenAround(
  graph: GraphReader,
  nodes: readonly number[],
  { scope, hiddenOf, way, time }: Hiding,
): Promise<number[]> {
  const visited = new NodeSet()
  for (const node of nodes) visited.add(node)
  const found: number[] = []
  let frontier = Int32Array.from(nodes)
  while (frontier.length > 0) {
    time.check()
    const [next = NOTHING] = await graph.expand(frontier, visited, way, scope, 1, ENOUGH)
    frontier = Int32Array.from(await hiddenOf(next))
    for (const node of frontier) found.push(node)
  }
  return found
}

const NOTHING = new Int32Array(0)
