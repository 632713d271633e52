import type { Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import { strongComponents } from '../walk/strong-components.js'
import { NodeSelection } from './node-selection.js'
import { type Ground, reachFrom } from './reach-from.js'

/**
 * Of some nodes those that have no other of them one way, over whatever lies between: their roots (UPSTREAM) or sinks
 * (DOWNSTREAM). Of a cycle none is an end but one that is alone in it. Throws TimeIsOver.
 */
export async function endsOf(ground: Ground, nodes: NodeSelection, way: Way): Promise<NodeSelection> {
  const opposite = way === 'UPSTREAM' ? 'DOWNSTREAM' : 'UPSTREAM'
  // Nothing counts as visited at first, so that the nodes themselves are found where they are come by.
  const seen = new NodeSet()
  const next = await reachFrom(ground, nodes.nodes, opposite, 1, seen)
  const further = await reachFrom(ground, next, opposite, Number.POSITIVE_INFINITY, seen)
  const reached = new NodeSelection(next).or(new NodeSelection(further))
  const sure = nodes.and(reached.inverse)
  if (sure.nodes.length === nodes.nodes.length) return nodes
  // Where there is no cycle, all others have one of these before them.
  const behind = new NodeSelection(await reachFrom(ground, sure.nodes, opposite))
  const open = nodes.and(sure.inverse).and(behind.inverse)
  return open.nodes.length === 0 ? sure : sure.or(await endsOnCycles(ground, nodes, open, way))
}

/** Of `open`, which have no end among `nodes` before them: those that only they themselves come before. */
async function endsOnCycles(
  ground: Ground,
  nodes: NodeSelection,
  open: NodeSelection,
  way: Way,
): Promise<NodeSelection> {
  const before = await reachFrom(ground, open.nodes, way)
  const all = [...open.nodes, ...before]
  const placeOf = new Map(all.map((node, place) => [node, place]))
  const links = await ground.graph.links(all, [], ground.scope)
  await ground.pace.step()
  const edges = links.flatMap(({ upstream, downstream }) => {
    const [near, far] = way === 'UPSTREAM' ? [downstream, upstream] : [upstream, downstream]
    const [from, to] = [placeOf.get(near), placeOf.get(far)]
    return from === undefined || to === undefined ? [] : { from, to }
  })
  const componentOf = strongComponents(all.length, edges)
  const of = (place: number) => componentOf[place] ?? 0
  const memberCount = new Int32Array(all.length)
  for (const [place, node] of all.entries())
    if (nodes.has(node)) memberCount[of(place)] = (memberCount[of(place)] ?? 0) + 1

  const hasBefore = new Uint8Array(all.length)
  // Components are numbered with what they lead to first.
  for (const { from, to } of edges.sort((a, b) => of(a.from) - of(b.from))) {
    if (of(from) === of(to)) continue
    if ((memberCount[of(to)] ?? 0) > 0 || hasBefore[of(to)] === 1) hasBefore[of(from)] = 1
  }
  return new NodeSelection(
    open.nodes.filter((_, place) => memberCount[of(place)] === 1 && hasBefore[of(place)] !== 1),
  )
}
