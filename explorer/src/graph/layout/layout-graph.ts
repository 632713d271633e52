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

/** A card, and the distance from one to the next: from column to column, and from row to row. */
export const CARD = { width: 208, height: 44 }
export const COLUMN = 288
export const ROW = 64
