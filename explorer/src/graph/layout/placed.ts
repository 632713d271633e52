import { type Graph, neighboursOf } from '../model/graph.js'
import type { Places } from './lay-out.js'
import { CARD, COLUMN, ROW } from './layout-graph.js'

type Place = { x: number; y: number }

/** Rooms of a coarse grid, so that who looks for a free place compares with few. */
class Taken {
  readonly #rooms = new Map<string, Place[]>()

  add(place: Place): void {
    const room = this.#room(place.x, place.y)
    const known = this.#rooms.get(room)
    if (known === undefined) this.#rooms.set(room, [place])
    else known.push(place)
  }

  isFree({ x, y }: Place): boolean {
    for (const dx of [-COLUMN, 0, COLUMN])
      for (const dy of [-ROW, 0, ROW])
        for (const other of this.#rooms.get(this.#room(x + dx, y + dy)) ?? [])
          if (Math.abs(other.x - x) < CARD.width + 24 && Math.abs(other.y - y) < CARD.height + 12)
            return false
    return true
  }

  #room(x: number, y: number): string {
    return `${Math.floor(x / COLUMN)} ${Math.floor(y / ROW)}`
  }
}

/**
 * Places for what is new in a graph, beside what it hangs on, upstream to the left and downstream to the right; what has a
 * place keeps it.
 */
export function placed(known: Places, graph: Graph): Places {
  const places = new Map<string, Place>()
  const taken = new Taken()
  for (const { id } of graph.nodes) {
    const place = known.get(id)
    if (place === undefined) continue
    places.set(id, place)
    taken.add(place)
  }
  const { upstream, downstream } = neighboursOf(graph)
  const placesOf = (ids: readonly string[] = []) => ids.flatMap((id) => places.get(id) ?? [])
  let left = graph.nodes.filter(({ id }) => !places.has(id))
  while (left.length > 0) {
    const before = left.length
    left = left.filter(({ id }) => {
      const [sources, targets] = [placesOf(upstream.get(id)), placesOf(downstream.get(id))]
      if (sources.length + targets.length === 0) return true
      const x =
        sources.length > 0
          ? Math.max(...sources.map((place) => place.x)) + COLUMN
          : Math.min(...targets.map((place) => place.x)) - COLUMN
      const near = [...sources, ...targets]
      const place = freeNear({ x, y: near.reduce((sum, { y }) => sum + y, 0) / near.length }, taken)
      places.set(id, place)
      taken.add(place)
      return false
    })
    const [first] = left
    if (left.length < before || first === undefined) continue
    // It hangs on nothing that has a place.
    const below = Math.max(0, ...[...places.values()].map(({ y }) => y + ROW))
    const place = freeNear({ x: 0, y: below }, taken)
    places.set(first.id, place)
    taken.add(place)
    left = left.slice(1)
  }
  return places
}

function freeNear({ x, y }: Place, taken: Taken): Place {
  for (let step = 0; ; step++) {
    const place = { x, y: y + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * (ROW / 2) }
    if (taken.isFree(place)) return place
  }
}
