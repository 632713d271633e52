import { CARD } from '../layout/layout-graph.js'
import type { Look } from './look.js'
import type { PlacedNode } from './scene.js'
import type { View } from './view.js'
import { shortened } from './words.js'

/** A name beside a mark, in pixels of the screen. */
export interface Label {
  id: string
  text: string
  x: number
  y: number
}

const MOST_LETTERS = 22
/** Room for one label. */
const WIDTH = 160
const HEIGHT = 16

/** The names that have room beside their marks: what stands out first, then what most hangs on. No two overlap. */
export function culled(nodes: readonly PlacedNode[], { k, x, y }: View, look: Look): Label[] {
  const weight = (node: PlacedNode) =>
    node.id === look.selected || node.id === look.root
      ? Number.POSITIVE_INFINITY
      : (look.lit?.has(node.id) === true ? 1e9 : 0) + node.upstream + node.downstream + node.members
  const chosen: Label[] = []
  const taken = new Set<string>()
  for (const node of nodes.toSorted((a, b) => weight(b) - weight(a))) {
    if (look.lit !== null && !look.lit.has(node.id)) continue
    const label = {
      id: node.id,
      text: shortened(node.key, MOST_LETTERS),
      // Beside the mark of a card.
      x: (node.x + CARD.height) * k + x + 2,
      y: (node.y + CARD.height / 2) * k + y,
    }
    const rooms = roomsOf(label)
    if (rooms.some((room) => taken.has(room))) continue
    for (const room of rooms) taken.add(room)
    chosen.push(label)
  }
  return chosen
}

/** The rooms of a coarse grid that a label touches. */
function roomsOf({ x, y }: Label): string[] {
  const [left, top] = [Math.floor(x / WIDTH), Math.floor((y - HEIGHT / 2) / HEIGHT)]
  return [
    [left, top],
    [left + 1, top],
    [left, top + 1],
    [left + 1, top + 1],
  ].map(([column, row]) => `${column} ${row}`)
}
