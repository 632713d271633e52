import type { Direction, Way } from '../entities.js'
import { Closure } from './closure.js'
import type { GraphReader } from './graph-reader.js'
import type { StopReason, WalkRequest } from './walk.js'

/** A node with its least number of hops from the root. */
export interface Reached {
  id: string
  distance: number
}

/** Which nodes a walk comes to. */
export interface Reach {
  /** What answers that this one continues have held already. */
  before: Reached[]
  /** The nodes of this answer, in no order within a distance. */
  page: Reached[]
  stoppedBy: StopReason[]
}

/** Goes outward ring by ring until the page is full, the depth is reached or nothing is left. */
export async function reach(graph: GraphReader, request: WalkRequest): Promise<Reach> {
  const { rootId, depth, limit, scope, after } = request
  const closures = waysOf(request.direction).map((way) => new Closure(graph, way, scope, rootId))
  const seen = new Set<string>()
  const before: Reached[] = []
  const page: Reached[] = []

  for (let distance = 0; depth === null || distance <= depth; distance++) {
    const ring = await freshRing(closures, distance, seen, limit)
    if (ring === null) return { before, page, stoppedBy: [] }

    if (after !== null && distance < after.distance) {
      before.push(...ring)
      continue
    }
    const room = limit - page.length
    const isCut = ring.length > room
    const isPassed = after !== null && distance === after.distance
    if (!isCut && !isPassed) {
      page.push(...ring)
      continue
    }
    // The names behind `after`, in order; one more than there is room for tells whether the ring is cut.
    const ringIds = ring.map(({ id }) => id)
    const named = await graph.firstByName(ringIds, isPassed ? after : null, isPassed ? ring.length : room + 1)
    const place = new Map(named.map((id, at) => [id, at]))
    if (isPassed) before.push(...ring.filter(({ id }) => !place.has(id)))
    page.push(...ring.filter(({ id }) => (place.get(id) ?? room) < room))
    if (named.length > room) return { before, page, stoppedBy: ['NODE_LIMIT'] }
  }
  return { before, page, stoppedBy: (await goesOn(closures, depth ?? 0, seen, limit)) ? ['DEPTH'] : [] }
}

function waysOf(direction: Direction): Way[] {
  return direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction]
}

/** The nodes at this distance, whichever way; null where there is neither one nor any further out. */
async function freshRing(closures: Closure[], distance: number, seen: Set<string>, enough: number) {
  let isOver = true
  const fresh: Reached[] = []
  for (const closure of closures) {
    const ring = await closure.ring(distance, enough)
    if (ring.length > 0) isOver = false
    for (const id of ring) {
      if (seen.has(id)) continue
      seen.add(id)
      fresh.push({ id, distance })
    }
  }
  return isOver ? null : fresh
}

/** Whether anything that the answer lacks lies further out than its depth. */
async function goesOn(closures: Closure[], depth: number, seen: ReadonlySet<string>, enough: number) {
  for (const closure of closures) {
    for (let distance = depth + 1; ; distance++) {
      const ring = await closure.ring(distance, enough)
      if (ring.length === 0) break
      if (ring.some((id) => !seen.has(id))) return true
    }
  }
  return false
}
