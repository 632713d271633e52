import { CARD } from '../layout/layout-graph.js'
import type { PlacedNode } from './scene.js'

/** What stands at the corners of a card: how much more there is, or that it can be folded away again. */
export interface Badge {
  way: 'upstream' | 'downstream'
  text: string
  x: number
  y: number
  width: number
}

/** The badges of a card. */
export function badgesOf({ x, y, unseen, isOpenUpstream, isOpenDownstream }: PlacedNode): Badge[] {
  const badges: Badge[] = []
  const add = (way: Badge['way'], count: number, isOpen: boolean, middle: number) => {
    const text = isOpen ? '−' : count > 0 ? `+${count.toLocaleString()}` : null
    if (text === null) return
    const width = Math.max(24, 12 + 7 * text.length)
    badges.push({ way, text, x: middle - width / 2, y: y + CARD.height - 7, width })
  }
  add('upstream', unseen.upstream, isOpenUpstream, x + 6)
  add('downstream', unseen.downstream, isOpenDownstream, x + CARD.width - 6)
  return badges
}

/** The badge at a point of the plane. */
export function badgeAt(
  nodes: readonly PlacedNode[],
  x: number,
  y: number,
): { node: PlacedNode; way: Badge['way'] } | null {
  // 24 by 24 at least, as WCAG 2.5.8 asks for.
  for (const node of nodes)
    for (const badge of badgesOf(node))
      if (x >= badge.x && x <= badge.x + badge.width && y >= badge.y - 3 && y <= badge.y + 21)
        return { node, way: badge.way }
  return null
}
