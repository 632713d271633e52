import { CARD, COLUMN, type LayoutGraph, type OnProgress, type Positions, ROW } from './layout-graph.js'
import { ranksOf } from './ranks.js'
import { spread } from './spread.js'

const SWEEPS = 12
/** Columns taller than this are drawn several nodes wide. */
const MOST_ROWS = 60
/** How much wider than tall a drawing is to be. */
const ASPECT = 1.6
/** So many invisible nodes keep lanes free for edges over several columns; with more, these go without. */
const MOST_LANES = 20_000

/**
 * A layered drawing, left to right, in time that grows with the graph: columns, then sweeps that put each node at the mean of its
 * neighbours' places (Sugiyama, Tagawa and Toda 1981), then heights by least squares. Columns too tall for that are filled row by row.
 */
export function layered(graph: LayoutGraph, onProgress: OnProgress = () => {}): Positions {
  const { count } = graph
  const laned = withLanes(graph, ranksOf(graph))
  const columns = columnsOf(laned)
  const place = new Float64Array(laned.rank.length)
  for (const column of columns) for (const [at, node] of column.entries()) place[node] = at
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0
    const near = isForward ? laned.before : laned.behind
    for (const column of isForward ? columns : columns.toReversed()) sortByMean(column, near, place)
    onProgress((sweep + 1) / (SWEEPS + 1))
  }
  const tallest = Math.max(0, ...columns.map((column) => column.filter((node) => node < count).length))
  if (tallest > MOST_ROWS) return inBlocks(columns, graph)
  const y = heights(columns, laned, count)
  return {
    x: Float64Array.from({ length: count }, (_, node) => (laned.rank[node] ?? 0) * COLUMN),
    y: y.slice(0, count),
    bends: bendsOf(graph, laned, y),
  }
}

/** A graph by its columns, with invisible nodes in those that an edge passes, so that it has a lane of its own. */
interface Laned {
  rank: Int32Array
  /** The neighbours in columns before, and behind. */
  before: number[][]
  behind: number[][]
  /** The first lane of each edge; the others follow it. -1 where it has none. */
  lanes: Int32Array
}

function withLanes({ count, ends }: LayoutGraph, rank: Int32Array): Laned {
  const lanes = new Int32Array(ends.length / 2).fill(-1)
  let total = count
  for (const edge of lanes.keys()) total += Math.max(0, gapOf(edge, ends, rank) - 1)
  const hasLanes = total - count <= MOST_LANES
  if (!hasLanes) total = count
  const laned: Laned = {
    rank: new Int32Array(total),
    before: Array.from({ length: total }, () => []),
    behind: Array.from({ length: total }, () => []),
    lanes,
  }
  laned.rank.set(rank)
  const join = (from: number, to: number) => {
    laned.behind[from]?.push(to)
    laned.before[to]?.push(from)
  }
  let lane = count
  for (const edge of lanes.keys()) {
    const gap = gapOf(edge, ends, rank)
    if (gap === 0) continue
    const [one = 0, other = 0] = [ends[2 * edge], ends[2 * edge + 1]]
    const [left, right] = (rank[one] ?? 0) < (rank[other] ?? 0) ? [one, other] : [other, one]
    let last = left
    if (hasLanes && gap > 1) {
      lanes[edge] = lane
      for (let at = 1; at < gap; at++) {
        laned.rank[lane] = (rank[left] ?? 0) + at
        join(last, lane)
        last = lane++
      }
    }
    join(last, right)
  }
  return laned
}

/** Over how many columns an edge goes, whichever way. */
const gapOf = (edge: number, ends: Uint32Array, rank: Int32Array) =>
  Math.abs((rank[ends[2 * edge + 1] ?? 0] ?? 0) - (rank[ends[2 * edge] ?? 0] ?? 0))

/** The points at which an edge comes into its lanes, and leaves them. */
function bendsOf({ ends }: LayoutGraph, { rank, lanes }: Laned, y: Float64Array): number[][] {
  return Array.from(lanes, (first, edge) => {
    const [from = 0, to = 0] = [ends[2 * edge], ends[2 * edge + 1]]
    // What leads back goes round its own way.
    if (first < 0 || (rank[from] ?? 0) > (rank[to] ?? 0)) return []
    return Array.from({ length: gapOf(edge, ends, rank) - 1 }, (_, at) => {
      const [x, middle] = [(rank[first + at] ?? 0) * COLUMN, (y[first + at] ?? 0) + CARD.height / 2]
      return [x, middle, x + CARD.width, middle]
    }).flat()
  })
}

/** The nodes of each column, in the order in which a search from the first of them comes to them: near ones near. */
function columnsOf({ rank, before, behind }: Laned): number[][] {
  const columns: number[][] = Array.from({ length: Math.max(-1, ...rank) + 1 }, () => [])
  const seen = new Uint8Array(rank.length)
  for (let start = 0; start < rank.length; start++) {
    if (seen[start] === 1) continue
    const stack = [start]
    seen[start] = 1
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      columns[rank[node] ?? 0]?.push(node)
      for (const near of [behind[node] ?? [], before[node] ?? []])
        for (const far of near.toReversed())
          if (seen[far] === 0) {
            seen[far] = 1
            stack.push(far)
          }
    }
  }
  return columns
}

function sortByMean(column: number[], near: readonly (readonly number[])[], place: Float64Array): void {
  const mean = new Map<number, number>()
  for (const node of column) {
    const ones = near[node] ?? []
    mean.set(node, ones.length === 0 ? (place[node] ?? 0) : meanOf(ones, place))
  }
  column.sort((a, b) => (mean.get(a) ?? 0) - (mean.get(b) ?? 0) || (place[a] ?? 0) - (place[b] ?? 0))
  // Places are compared between columns of any length.
  for (const [at, node] of column.entries()) place[node] = (at + 0.5) / column.length
}

function meanOf(nodes: readonly number[], place: Float64Array): number {
  let sum = 0
  for (const node of nodes) sum += place[node] ?? 0
  return sum / nodes.length
}

/** Every node as near to the mean height of its neighbours as the order of its column and the gaps allow. */
function heights(columns: readonly number[][], { before, behind, rank }: Laned, count: number): Float64Array {
  const y = new Float64Array(rank.length)
  const gap = (node: number) => (node < count ? ROW : ROW / 3)
  for (const column of columns) {
    let at = 0
    for (const node of column) y[node] = at += gap(node)
    for (const node of column) y[node] = (y[node] ?? 0) - at / 2
  }
  for (let sweep = 0; sweep < 8; sweep++) {
    const isForward = sweep % 2 === 0
    for (const column of isForward ? columns : columns.toReversed()) {
      const wanted = column.map((node) => {
        const [first = [], second = []] = isForward
          ? [before[node], behind[node]]
          : [behind[node], before[node]]
        const near = first.length > 0 ? first : second
        return near.length === 0 ? (y[node] ?? 0) : meanOf(near, y)
      })
      const gaps = column.map((node, at) => (gap(node) + gap(column[at - 1] ?? node)) / 2)
      for (const [at, height] of spread(wanted, gaps).entries()) y[column[at] ?? 0] = height
    }
  }
  const least = y.slice(0, count).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  return y.map((height) => height - least)
}

/** Tall columns as blocks, filled row by row in their order, so that the whole is no strip. */
function inBlocks(columns: readonly number[][], { count, ends }: LayoutGraph): Positions {
  const x = new Float64Array(count)
  const y = new Float64Array(count)
  const blocks = columns.map((column) => column.filter((node) => node < count))
  const rows = Math.max(MOST_ROWS, Math.ceil(Math.sqrt((count * COLUMN) / ROW / ASPECT)))
  let left = 0
  for (const block of blocks) {
    const across = Math.ceil(block.length / rows)
    const tall = Math.ceil(block.length / across)
    for (const [at, node] of block.entries()) {
      x[node] = left + (at % across) * (COLUMN - 56)
      y[node] = (Math.floor(at / across) + (rows - tall) / 2) * ROW
    }
    left += (across - 1) * (COLUMN - 56) + COLUMN + (across > 1 ? 80 : 0)
  }
  return { x, y, bends: Array.from({ length: ends.length / 2 }, () => []) }
}
