import type { Edge, Sightings } from '../entities.js'
import type { GraphReader, Link } from './graph-reader.js'

/** The direct links that a link stands for, from its upstream end to its downstream one: itself, or over hidden nodes. */
function wayOf({ upstream, downstream, via = [] }: Link): Link[] {
  const nodes = [...via, downstream]
  return nodes.map((node, at) => ({ upstream: nodes[at - 1] ?? upstream, downstream: node }))
}

/** The edges that a link over hidden nodes stands for. */
export function edgesOfWay(graph: GraphReader, link: Link): Edge[] {
  return wayOf(link).map(({ upstream, downstream }) => {
    const [upstreamId = '', downstreamId = ''] = graph.idsOf([upstream, downstream])
    return { upstreamId, downstreamId }
  })
}

/**
 * When, and how often, each link was seen. A link over hidden nodes has been there as a whole since the last of its
 * edges came, and was seen last when any of them was; that often as the rarest.
 */
export async function sightingsOf(graph: GraphReader, links: readonly Link[]): Promise<(Sightings | null)[]> {
  const ways = links.map(wayOf)
  const seen = await graph.sightings(ways.flat())
  let place = 0
  return ways.map((way) => way.map(() => seen[place++] ?? null).reduce(both))
}

function both(one: Sightings | null, other: Sightings | null): Sightings | null {
  if (one === null || other === null) return null
  const [later] = one.firstSeenAt > other.firstSeenAt ? [one] : [other]
  const [last] = one.lastSeenAt > other.lastSeenAt ? [one] : [other]
  const [rarer] = one.materializationCount < other.materializationCount ? [one] : [other]
  return {
    firstSeenAt: later.firstSeenAt,
    lastSeenAt: last.lastSeenAt,
    materializationCount: rarer.materializationCount,
  }
}
