import { nextTurn } from '../../util/next-turn.js'
import { NodeSet } from '../graph/node-set.js'
import type { GraphReader, LinkPiece } from '../walk/graph-reader.js'
import { inSteps } from '../walk/in-steps.js'
import type { TimeLimit } from '../walk/time-limit.js'
import { type CyclicComponents, cyclicComponents } from './cyclic-components.js'

/** Of how many assets at once it is asked which edges into them are current. */
const CHUNK = 5_000

/** The components of all edges that there are. Throws TimeIsOver. */
export async function componentsOfAll(graph: GraphReader, time: TimeLimit): Promise<CyclicComponents> {
  const pieces: LinkPiece[] = []
  for await (const piece of graph.allLinks()) {
    pieces.push(piece)
    time.check()
    await nextTurn()
  }
  return inSteps(componentsOf(pieces), time)
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
  const numbers = await Promise.all(assetIds.map((id) => graph.nodeOf(id)))
  const nodes = numbers.flatMap((node) => node ?? [])
  const isIn = new NodeSet()
  for (const node of nodes) isIn.add(node)
  const pieces: LinkPiece[] = []
  for (let start = 0; start < nodes.length; start += CHUNK) {
    time.check()
    const chunk = nodes.slice(start, start + CHUNK)
    const found = await graph.neighboursOf(chunk, 'UPSTREAM', 'CURRENT')
    const upstreams = found.map((list) => list.filter((upstream) => isIn.has(upstream)))
    pieces.push({
      upstreams: Int32Array.from(upstreams.flatMap((list) => [...list])),
      downstreams: Int32Array.from(chunk.flatMap((node, at) => Array.from(upstreams[at] ?? [], () => node))),
    })
  }
  return inSteps(componentsOf(pieces), time)
}

function* componentsOf(pieces: readonly LinkPiece[]): Generator<void, CyclicComponents> {
  const count = pieces.reduce((sum, { upstreams }) => sum + upstreams.length, 0)
  const arcs = { from: new Int32Array(count), to: new Int32Array(count) }
  let nodeCount = 0
  let start = 0
  for (const { upstreams, downstreams } of pieces) {
    arcs.from.set(upstreams, start)
    arcs.to.set(downstreams, start)
    start += upstreams.length
    nodeCount = Math.max(nodeCount, endOf(upstreams), endOf(downstreams))
    yield
  }
  return yield* cyclicComponents(arcs, nodeCount)
}

/** One more than the greatest. */
function endOf(nodes: Int32Array): number {
  let end = 0
  for (let place = 0; place < nodes.length; place++) end = Math.max(end, (nodes[place] ?? 0) + 1)
  return end
}
