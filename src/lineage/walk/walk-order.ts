import type { Direction } from '../entities.js'
import { at } from '../graph/growing.js'
import { findBackEdges, isClosing, type NumberedEdge } from './back-edges.js'
import type { GraphReader, Link } from './graph-reader.js'
import type { Reached } from './reach.js'

/** The order of every walk: by distance, then by name. `reached` comes by distance. */
export async function inWalkOrder(graph: GraphReader, reached: readonly Reached[]): Promise<Reached[]> {
  const reachedAt = new Map<number, Reached>()
  for (const one of reached) reachedAt.set(one.node, one)
  const byName = await graph.firstByName([...reachedAt.keys()], null, reached.length)
  const rings = Array.from({ length: (reached.at(-1)?.distance ?? 0) + 1 }, (): Reached[] => [])
  for (const node of byName) {
    const one = reachedAt.get(node)
    if (one !== undefined) rings[one.distance]?.push(one)
  }
  return rings.flat()
}

/** An edge between two nodes that are numbered by their places in a walk. */
export interface PlacedEdge extends NumberedEdge {
  link: Link
}

/** Edges in the order in which the walk completes them: by their later ends, then by their earlier ones. */
export function inOrderOfCompletion(
  links: readonly Link[],
  placeOf: ReadonlyMap<number, number>,
): readonly PlacedEdge[] {
  const placed: PlacedEdge[] = []
  for (const link of links) {
    const from = placeOf.get(link.upstream)
    const to = placeOf.get(link.downstream)
    if (from !== undefined && to !== undefined) placed.push({ from, to, link })
  }
  const byEarlier = countingSort(placed, 2 * placeOf.size, earlierOf)
  return countingSort(byEarlier, placeOf.size, ({ from, to }) => Math.max(from, to))
}

/** The earlier end of an edge, of two edges between the same ends first the one that leads out of it. */
const earlierOf = ({ from, to }: PlacedEdge) => Math.min(from, to) * 2 + Number(from > to)

/** Sorts by whole numbers from 0 to below `bound`; keeps the order of equals. */
function countingSort<Item>(
  items: readonly Item[],
  bound: number,
  numberOf: (item: Item) => number,
): readonly Item[] {
  const next = new Int32Array(bound + 1)
  for (const item of items) {
    const number = numberOf(item) + 1
    next[number] = at(next, number) + 1
  }
  for (let number = 1; number < bound; number++) next[number] = at(next, number) + at(next, number - 1)
  const sorted = [...items]
  for (const item of items) {
    const number = numberOf(item)
    const place = at(next, number)
    sorted[place] = item
    next[number] = place + 1
  }
  return sorted
}

/** Whether the walk comes back by an edge to where it has been. Where no edge does, none closes a cycle. */
export function comesBack(edge: NumberedEdge, direction: Direction): boolean {
  return isClosing(edge, sideOf(direction))
}

const sideOf = (direction: Direction) => (direction === 'UPSTREAM' ? 'forward' : 'backward')

/**
 * Of edges in the order of completion those by which the walk comes back to where it has been, and that close a cycle
 * so: see findBackEdges. A walk upstream comes back by an edge out of a node it knows, any other by an edge into one.
 */
export function closingEdges(
  placed: readonly PlacedEdge[],
  nodeCount: number,
  direction: Direction,
): PlacedEdge[] {
  return findBackEdges(nodeCount, placed, sideOf(direction))
}
