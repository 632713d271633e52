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
  /** Its middle. */
  y: number
  width: number
}

const MOST_LETTERS = 22
/** How wide a letter is at most, nearly always; how high a line is, and how far apart labels are kept. */
const LETTER = 7
const HEIGHT = 16
const GAP = 16
/** From so far away, where all cards have names beside them, fewer are told. */
const FAR = 0.12
const FAR_HEIGHT = 32

/** The names that have room beside their marks: what stands out first, then what most hangs on. No two overlap, and none is cut off at the right. */
export function culled(
  nodes: readonly PlacedNode[],
  { k, x, y }: View,
  look: Look,
  width = Number.POSITIVE_INFINITY,
): Label[] {
  const height = k < FAR ? FAR_HEIGHT : HEIGHT
  const weight = (node: PlacedNode) =>
    node.id === look.selected || node.id === look.root
      ? Number.POSITIVE_INFINITY
      : (look.lit?.has(node.id) === true ? 1e9 : 0) + node.upstream + node.downstream + node.members
  const chosen: Label[] = []
  const taken = new Map<number, Label[]>()
  for (const node of nodes.toSorted((a, b) => weight(b) - weight(a))) {
    if (look.lit !== null && !look.lit.has(node.id)) continue
    const text = shortened(node.key, MOST_LETTERS)
    const label: Label = {
      id: node.id,
      text,
      // Beside the mark of a card.
      x: (node.x + CARD.height) * k + x + 2,
      y: (node.y + CARD.height / 2) * k + y,
      width: LETTER * text.length,
    }
    if (label.x + label.width > width) continue
    const row = Math.floor(label.y / height)
    const near = [row - 1, row, row + 1].flatMap((one) => taken.get(one) ?? [])
    if (near.some((other) => areNear(label, other, height))) continue
    taken.set(row, [...(taken.get(row) ?? []), label])
    chosen.push(label)
  }
  return chosen
}

const areNear = (one: Label, other: Label, height: number) =>
  Math.abs(one.y - other.y) < height &&
  one.x < other.x + other.width + GAP &&
  other.x < one.x + one.width + GAP
