import { nextTurn } from '../../util/next-turn.js'
import { EdgeList } from '../graph/edge-list.js'
import { NodeSet } from '../graph/node-set.js'
import { type CyclicComponents, cyclicComponents } from './cyclic-components.js'
import type { GraphReader } from './graph-reader.js'
import { inSteps } from './in-steps.js'
import type { TimeLimit } from './time-limit.js'

/** Of how many assets at once it is asked which edges into them are current. */
const CHUNK = 5_000

/** The components of all edges that there are. Throws TimeIsOver. */
export async function componentsOfAll(graph: GraphReader, time: TimeLimit): Promise<CyclicComponents> {
  const edges = new EdgeList()
  for await (const { upstreams, downstreams } of graph.allLinks()) {
    edges.pushAll(upstreams, downstreams)
    time.check()
    await nextTurn()
  }
  return componentsOf(edges, time)
}

/**
 * The components of the edges that are current. A cycle of these is within one of all edges, so it is enough to ask of
 * the assets in those. Everything about the graph is asked in one go. Throws TimeIsOver.
 */
export async function currentComponents(
  graph: GraphReader,
  assetIds: readonly string[],
  time: TimeLimit,
): Promise<CyclicComponents> {
  const found = await Promise.all(assetIds.map((id) => graph.nodeOf(id)))
  const nodes = found.flatMap((node) => node ?? [])
  const isIn = new NodeSet()
  for (const node of nodes) isIn.add(node)
  const edges = new EdgeList()
  for (let start = 0; start < nodes.length; start += CHUNK) {
    time.check()
    const chunk = nodes.slice(start, start + CHUNK)
    const upstreams = await graph.neighboursOf(chunk, 'UPSTREAM', 'CURRENT')
    for (const [place, downstream] of chunk.entries())
      for (const upstream of upstreams[place] ?? []) if (isIn.has(upstream)) edges.push(upstream, downstream)
  }
  return componentsOf(edges, time)
}

async function componentsOf(edges: EdgeList, time: TimeLimit): Promise<CyclicComponents> {
  const from = edges.upstreamOf.subarray(0, edges.count)
  const to = edges.downstreamOf.subarray(0, edges.count)
  let nodeCount = 0
  for (const node of from) if (node >= nodeCount) nodeCount = node + 1
  for (const node of to) if (node >= nodeCount) nodeCount = node + 1
  await nextTurn()
  return inSteps(cyclicComponents({ from, to }, nodeCount), time)
}
