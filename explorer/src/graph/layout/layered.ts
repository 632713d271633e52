import { COLUMN, type LayoutGraph, type OnProgress, type Positions, ROW } from './layout-graph.js'
import { type Ranked, ranked } from './ranks.js'
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
  const laned = withLanes(ranked(graph))
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
  return tallest > MOST_ROWS
    ? inBlocks(columns, count)
    : {
        x: Float64Array.from({ length: count }, (_, node) => (laned.rank[node] ?? 0) * COLUMN),
        y: heights(columns, laned, count),
      }
}

/** With invisible nodes in the columns that an edge passes, so that it has a lane of its own. */
function withLanes(graph: Ranked): Ranked {
  const { rank, before, behind } = graph
  let lanes = 0
  for (const [from, next] of behind.entries())
    for (const to of next) lanes += Math.max(0, (rank[to] ?? 0) - (rank[from] ?? 0) - 1)
  if (lanes === 0 || lanes > MOST_LANES) return graph
  const total = rank.length + lanes
  const wide: Ranked = {
    rank: new Int32Array(total),
    before: Array.from({ length: total }, () => []),
    behind: Array.from({ length: total }, () => []),
  }
  wide.rank.set(rank)
  let lane = before.length
  const join = (from: number, to: number) => {
    wide.behind[from]?.push(to)
    wide.before[to]?.push(from)
  }
  for (const [from, next] of behind.entries())
    for (const to of next) {
      let last = from
      for (let at = (rank[from] ?? 0) + 1; at < (rank[to] ?? 0); at++) {
        wide.rank[lane] = at
        join(last, lane)
        last = lane++
      }
      join(last, to)
    }
  return wide
}

/** The nodes of each column, in the order in which a search from the first of them comes to them: near ones near. */
function columnsOf({ rank, before, behind }: Ranked): number[][] {
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
function heights(
  columns: readonly number[][],
  { before, behind, rank }: Ranked,
  count: number,
): Float64Array {
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
  const kept = y.slice(0, count)
  const least = kept.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  return kept.map((height) => height - least)
}

/** Tall columns as blocks, filled row by row in their order, so that the whole is no strip. */
function inBlocks(columns: readonly number[][], count: number): Positions {
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
  return { x, y }
}
