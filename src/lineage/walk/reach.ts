import type { Direction, Way } from '../entities.js'
import { NodeSet } from '../graph/node-set.js'
import { Closure } from './closure.js'
import type { WalkableGraph } from './graph-reader.js'
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

/** Goes outward ring by ring until the page is full, the depth is reached or nothing is left. */
export async function reach<Position>(
  graph: WalkableGraph<Position>,
  root: number,
  request: WalkExtent<Position>,
): Promise<Reach> {
  const { depth, limit, scope, after, enough = limit } = request
  const closures = waysOf(request.direction).map((way) => new Closure(graph, way, scope, root))
  const seen = new NodeSet()
  const before: Reached[] = []
  const page: Reached[] = []

  for (let distance = 0; depth === null || distance <= depth; distance++) {
    const ring = await freshRing(closures, distance, seen, enough)
    if (ring === null) return { before, page, stoppedBy: [] }

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
    if (named.length > room) return { before, page, stoppedBy: ['NODE_LIMIT'] }
  }
  return { before, page, stoppedBy: (await goesOn(closures, depth ?? 0, seen, enough)) ? ['DEPTH'] : [] }
}

function waysOf(direction: Direction): Way[] {
  return direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction]
}

function append(reached: Reached[], nodes: Iterable<number>, distance: number): void {
  for (const node of nodes) reached.push({ node, distance })
}

/**
 * The nodes at this distance, whichever way; null where there is neither one nor any further out. Of one way all are
 * new; `seen` tells of two ways' nodes whether they were.
 */
async function freshRing(closures: Closure[], distance: number, seen: NodeSet, enough: number) {
  const rings = await Promise.all(closures.map((closure) => closure.ring(distance, enough)))
  if (rings.every((ring) => ring.length === 0)) return null
  const [only = NOTHING] = rings
  if (rings.length === 1) return only
  return Int32Array.from(rings.flatMap((ring) => [...ring].filter((node) => seen.add(node))))
}

/** Whether anything that the answer lacks lies further out than its depth. */
async function goesOn(closures: Closure[], depth: number, seen: NodeSet, enough: number) {
  for (const closure of closures) {
    for (let distance = depth + 1; ; distance++) {
      const ring = await closure.ring(distance, enough)
      if (ring.length === 0) break
      if (ring.some((node) => !seen.has(node))) return true
    }
  }
  return false
}

const NOTHING = new Int32Array(0)
