import { CARD } from '../layout/layout-graph.js'
import type { Box, PlacedNode } from './scene.js'

/** From the plane to the screen: times k, then by x and y. */
export interface View {
  k: number
  x: number
  y: number
}

/** What can be seen of the plane. */
export const seenBy = ({ k, x, y }: View, width: number, height: number): Box => ({
  left: -x / k,
  top: -y / k,
  right: (width - x) / k,
  bottom: (height - y) / k,
})

/** A view that shows all of a box, in the middle, and nothing much larger than it is made to be. */
export function fitting({ left, top, right, bottom }: Box, width: number, height: number): View {
  if (right < left) return { k: 1, x: 0, y: 0 }
  const most = width > 2_000 ? 1.6 : 1
  const scale = (margin: number) =>
    Math.min(most, (width - 2 * margin) / (right - left), (height - 64) / (bottom - top))
  const near = scale(32)
  // Names stand beside cards that are too small for them, the last ones too.
  const k = near < 0.5 ? Math.min(near, scale(Math.min(88, width / 8))) : near
  return { k, x: (width - k * (left + right)) / 2, y: (height - k * (top + bottom)) / 2 }
}

/** The box around some cards. */
export function boxAround(cards: readonly Pick<PlacedNode, 'x' | 'y'>[]): Box {
  return cards.reduce(
    (box, { x, y }) => ({
      left: Math.min(box.left, x),
      top: Math.min(box.top, y),
      right: Math.max(box.right, x + CARD.width),
      bottom: Math.max(box.bottom, y + CARD.height),
    }),
    {
      left: Number.POSITIVE_INFINITY,
      top: Number.POSITIVE_INFINITY,
      right: Number.NEGATIVE_INFINITY,
      bottom: Number.NEGATIVE_INFINITY,
    },
  )
}

/** The view moved, no further than it takes to show a card whole. */
export function revealing(
  view: View,
  { x, y }: Pick<PlacedNode, 'x' | 'y'>,
  width: number,
  height: number,
): View {
  const margin = 24
  const into = (low: number, high: number, size: number) =>
    low < margin ? margin - low : high > size - margin ? size - margin - high : 0
  const [left, top] = [x * view.k + view.x, y * view.k + view.y]
  return {
    k: view.k,
    x: view.x + into(left, left + CARD.width * view.k, width),
    y: view.y + into(top, top + CARD.height * view.k, height),
  }
}
