import type { Palette } from './palette.js'
import type { PlacedEdge, PlacedNode } from './scene.js'

/** What of a picture stands out. */
export interface Look {
  root: string
  selected: string | null
  /** Only these are drawn in full; null for all. */
  lit: ReadonlySet<string> | null
  /** The edges of a path, by id. */
  path: ReadonlySet<string>
}

/** How an edge is drawn. */
export interface Stroke {
  colour: string
  width: number
  dash: readonly number[]
  opacity: number
}

/** How an edge looks: a path before all, then what has changed, then cycles. */
export function strokeOf(edge: PlacedEdge, { lit, path }: Look, palette: Palette, opacity: number): Stroke {
  const isLit = lit === null || (lit.has(edge.from) && lit.has(edge.to))
  const faded = isLit ? (lit === null ? opacity : 1) : 0.12 * opacity
  if (path.has(edge.id)) return { colour: palette.accent, width: 3, dash: [], opacity: 1 }
  if (edge.change === 'added') return { colour: palette.fresh, width: 2, dash: [], opacity: faded }
  if (edge.change === 'removed')
    return { colour: palette.soft, width: 1.5, dash: [4, 4], opacity: 0.7 * faded }
  if (edge.isBack) return { colour: palette.bad, width: 1.5, dash: [8, 4], opacity: faded }
  const width = Math.min(4, 1.2 + Math.log2(edge.members) / 2)
  return { colour: palette.soft, width, dash: edge.viaCount > 0 ? [2, 3] : [], opacity: 0.75 * faded }
}

/** The border of a card, and what it is filled with. */
export function cardOf(node: PlacedNode, { root, lit }: Look, palette: Palette) {
  const isLit = lit === null || lit.has(node.id)
  return {
    opacity: (isLit ? 1 : 0.25) * (node.change === 'removed' ? 0.6 : 1),
    fill: node.id === root ? palette['accent-ground'] : palette.surface,
    border:
      node.change === 'added'
        ? palette.fresh
        : node.id === root
          ? palette.accent
          : node.change === null
            ? palette.line
            : palette.soft,
    width: node.change === 'added' ? 2 : 1,
    dash: node.change === 'removed' ? [4, 4] : [],
  }
}

/** What is written at an edge. */
export function edgeTextOf({ isBack, viaCount, members }: PlacedEdge): string | null {
  if (isBack) return 'cycle'
  if (viaCount > 0) return `via ${viaCount}`
  return members > 1 ? `${members}` : null
}

/** Many edges are drawn thinner, so that their course is seen and not their number. */
export const opacityFor = (edgeCount: number) => Math.max(0.14, Math.min(1, 17 / Math.sqrt(edgeCount)))
