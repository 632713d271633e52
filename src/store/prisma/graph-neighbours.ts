import type { MemoryGraphReader } from '../../lineage/graph/memory-graph-reader.js'
import type { Counted, Neighbour, NeighbourRequest } from '../store.js'
import type { Seen } from './scopes.js'

/**
 * The edges one way of each asset, as the graph in this process has them: see Store.neighbours. Null where it lacks one
 * of them, which may have come to be another name of something.
 */
export async function neighboursInGraph(
  graph: MemoryGraphReader,
  assetIds: readonly string[],
  { way, scope, page, withSightings }: NeighbourRequest,
  seen: Seen,
): Promise<Counted<Neighbour>[] | null> {
  const nodes = await graph.nodesOf(assetIds)
  if (nodes.includes(undefined)) return null
  const known = nodes.flatMap((node) => node ?? [])
  const neighbours = await graph.neighboursOf(known, way, scope)
  const around = new Map(known.map((node, place) => [node, neighbours[place]]))
  const lists = await Promise.all(
    nodes.map(async (node = -1) => {
      const all = around.get(node) ?? []
      const far = seen === null ? all : await graph.ofNamespaces(all, seen)
      return { total: far.length, node, far: await graph.firstByName(far, page.after, page.count) }
    }),
  )
  const links = lists.flatMap(({ node, far }) =>
    far.map((end) =>
      way === 'UPSTREAM' ? { upstream: end, downstream: node } : { upstream: node, downstream: end },
    ),
  )
  const ends = [...new Set(lists.flatMap(({ far }) => far))]
  const [rows, sightings] = await Promise.all([
    graph.assets(ends),
    withSightings ? graph.sightings(links) : [],
  ])
  const assetOf = new Map(ends.map((end, place) => [end, rows[place]]))
  let place = 0
  return lists.map(({ far, total }, list) => ({
    total,
    items: far.flatMap((end): Neighbour[] => {
      const asset = assetOf.get(end)
      const seen = sightings[place++]
      if (asset == null) return []
      const near = assetIds[list] ?? ''
      const edge =
        way === 'UPSTREAM'
          ? { upstreamId: asset.assetId, downstreamId: near }
          : { upstreamId: near, downstreamId: asset.assetId }
      return [{ asset, edge: withSightings ? { ...edge, ...seen } : edge }]
    }),
  }))
}
