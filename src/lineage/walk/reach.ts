import type { WalkableGraph } from './graph-reader.js'
import { Rings } from './rings.js'
import { TimeIsOver } from './time-limit.js'
import type { StopReason, WalkExtent } from './walk.js'

/** A node with its least number of hops from the root. */
export interface Reached {
  node: number
  distance: number
}

/** Which nodes a walk comes to. */
export interface Reach {
  /** What answers that this one continues have held already, by distance. */
  before: Reached[]
  /** The nodes of this answer, by distance; in no order within one. */
  page: Reached[]
  stoppedBy: StopReason[]
}

/** Goes outward ring by ring until the page is full, the depth is reached, time is over or nothing is left. */
export async function reach<Position>(
  graph: WalkableGraph<Position>,
  root: number,
  request: WalkExtent<Position>,
): Promise<Reach> {
  const reached: Reach = { before: [], page: [], stoppedBy: [] }
  try {
    const reason = await goOutward(graph, root, request, reached)
    if (reason !== null) reached.stoppedBy.push(reason)
  } catch (error) {
    if (!(error instanceof TimeIsOver)) throw error
    reached.stoppedBy.push('TIME_LIMIT')
  }
  return reached
}

/** Adds whole rings, but for the last one; says what ended it. Throws TimeIsOver. */
async function goOutward<Position>(
  graph: WalkableGraph<Position>,
  root: number,
  { direction, scope, depth, limit, enough = limit, after, time }: WalkExtent<Position>,
  { before, page }: Reach,
): Promise<StopReason | null> {
  const rings = new Rings(graph, root, direction, scope)
  for (let distance = 0; depth === null || distance <= depth; distance++) {
    if (distance > 0) time.check()
    const ring = await rings.ring(distance, enough)
    if (ring === null) return null

    if (after !== null && distance < after.distance) {
      append(before, ring, distance)
      continue
    }
    const room = limit - page.length
    const isPassed = after !== null && distance === after.distance
    if (ring.length <= room && !isPassed) {
      append(page, ring, distance)
      continue
    }
    // The names behind `after`, in order; one more than there is room for tells whether the ring is cut.
    const named = await graph.firstByName(ring, isPassed ? after : null, isPassed ? ring.length : room + 1)
    if (isPassed) {
      const isBehind = new Set(named)
      append(
        before,
        ring.filter((node) => !isBehind.has(node)),
        distance,
      )
    }
    append(page, named.slice(0, room), distance)
    if (named.length > room) return 'NODE_LIMIT'
  }
  return (await rings.goesOn(depth ?? 0, enough)) ? 'DEPTH' : null
}

function append(reached: Reached[], nodes: Iterable<number>, distance: number): void {
  for (const node of nodes) reached.push({ node, distance })
}
