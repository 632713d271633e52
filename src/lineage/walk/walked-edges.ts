import type { GraphReader, Link } from './graph-reader.js'
import { sightingsOf } from './link-ways.js'
import type { WalkedEdge } from './walk.js'

/** Direct edges with the rows of their ends, in the order given; null where an end has none. */
export async function walkedEdges(
  graph: GraphReader,
  links: readonly Link[],
  withSightings: boolean,
): Promise<(WalkedEdge | null)[]> {
  const ends = [...new Set(links.flatMap(({ upstream, downstream }) => [upstream, downstream]))]
  const [assets, sightings] = await Promise.all([
    graph.assets(ends),
    withSightings ? sightingsOf(graph, links) : [],
  ])
  const assetOf = new Map(ends.map((node, place) => [node, assets[place]]))
  return links.map((link, place) => {
    const upstream = assetOf.get(link.upstream)
    const downstream = assetOf.get(link.downstream)
    if (upstream == null || downstream == null) return null
    const ids = { upstreamId: upstream.assetId, downstreamId: downstream.assetId }
    return { ...ids, upstream, downstream, viaCount: 0, ...sightings[place] }
  })
}
