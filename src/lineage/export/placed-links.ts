import type { EdgeScope, Way } from '../entities.js'
import { MOST_NODES } from '../graph/adjacency.js'
import { grown } from '../graph/growing.js'
import { NodePlaces } from '../graph/node-places.js'
import type { GraphReader } from '../walk/graph-reader.js'
import type { Pace } from '../walk/pace.js'

/**
 * Links between assets that stand in a list, by their places in it: in the order of their downstream ends, those of
 * one end in the order of their upstream ones. 8 bytes a link, and 4 an asset.
 */
export interface PlacedLinks {
  count: number
  /** The links into the asset at place p are those from `first[p]` up to, not including, `first[p + 1]`. */
  first: Int32Array
  upstream: Int32Array
  /** Over how many hidden assets each leads; 0 for an edge. */
  viaCount: Int32Array
}

/** Finds the links of some nodes, one way. */
export interface LinkSource {
  /** Where the nodes that are asked for stand: of links UPSTREAM at their downstream ends. */
  way: Way
  /** Tells of each link of these nodes: the place of its near end in `nodes`, its far end, and its `viaCount`. */
  find(
    nodes: readonly number[],
    onLink: (at: number, far: number, viaCount: number) => void,
    pace: Pace,
  ): Promise<void>
}

/** Every edge of a graph as it is. */
export function edgesOf(graph: GraphReader, scope: EdgeScope): LinkSource {
  return {
    way: 'UPSTREAM',
    find: async (nodes, onLink) => {
      const upstreams = await graph.neighboursOf(nodes, 'UPSTREAM', scope)
      for (const [at, list] of upstreams.entries()) for (const upstream of list) onLink(at, upstream, 0)
    },
  }
}

/** How many nodes are looked at together. */
const CHUNK = 2_000

/** The links between nodes of a list. Throws what `pace` does. */
export async function linksBetween(nodes: Int32Array, source: LinkSource, pace: Pace): Promise<PlacedLinks> {
  const places = new NodePlaces(nodes)
  const first = new Int32Array(nodes.length + 1)
  let far = new Int32Array(0)
  let viaCount = new Int32Array(0)
  let count = 0
  for (let start = 0; start < nodes.length; start += CHUNK) {
    const chunk = [...nodes.subarray(start, start + CHUNK)]
    // Of each link one number, by which they are sorted: the place of its far end, then what it leads over.
    const found: number[][] = chunk.map(() => [])
    await source.find(
      chunk,
      (at, node, via) => {
        const place = places.of(node)
        if (place >= 0) found[at]?.push(place * MOST_NODES + via)
      },
      pace,
    )
    for (const [at, links] of found.entries()) {
      far = grown(far, count + links.length)
      viaCount = grown(viaCount, count + links.length)
      for (const link of Float64Array.from(links).sort()) {
        far[count] = Math.floor(link / MOST_NODES)
        viaCount[count++] = link % MOST_NODES
      }
      first[start + at + 1] = count
    }
    await pace.pause()
  }
  const links = { count, first, upstream: far, viaCount }
  return source.way === 'UPSTREAM' ? links : turned(links)
}

/** The same links, of which the near ends were the upstream ones. A counting sort: time follows their number. */
function turned({ count, first: firstOut, upstream: downstream, viaCount }: PlacedLinks): PlacedLinks {
  const first = new Int32Array(firstOut.length)
  for (let at = 0; at < count; at++) {
    const next = (downstream[at] ?? 0) + 1
    first[next] = (first[next] ?? 0) + 1
  }
  for (let place = 1; place < first.length; place++)
    first[place] = (first[place] ?? 0) + (first[place - 1] ?? 0)
  const free = first.slice()
  const upstream = new Int32Array(count)
  const via = new Int32Array(count)
  for (let place = 0; place + 1 < firstOut.length; place++) {
    for (let at = firstOut[place] ?? 0; at < (firstOut[place + 1] ?? 0); at++) {
      const end = downstream[at] ?? 0
      const target = free[end] ?? 0
      upstream[target] = place
      via[target] = viaCount[at] ?? 0
      free[end] = target + 1
    }
  }
  return { count, first, upstream, viaCount: via }
}
