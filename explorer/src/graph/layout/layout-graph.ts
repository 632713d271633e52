/** What a layout needs to know of a graph: how many nodes, and the ends of its edges by their places, one after the other. */
export interface LayoutGraph {
  count: number
  /** from, to, from, to, … */
  ends: Uint32Array
}

/** Where each node is, by its place: the left upper corner of its card. */
export interface Positions {
  x: Float64Array
  y: Float64Array
  /** For each edge the points that it passes on its way, x and y in turn: lanes through the columns between its ends. */
  bends: readonly (readonly number[])[]
}

/** How far a layout has come, from 0 to 1. */
export type OnProgress = (done: number) => void

/** The size of a card. */
export const CARD = { width: 208, height: 44 }
/** From the left side of a column to that of the next. */
export const COLUMN = 288
/** From the upper side of a card to that of the next below. */
export const ROW = 64
