import type { LayoutGraph } from './layout-graph.js'

/**
 * The column of each node of a layered drawing, from 0, after Sugiyama, Tagawa and Toda (1981): edges that close a cycle are turned round, then each node
 * goes one column behind the last of those before it, and what has none before it as near to what follows as it can.
 */
export function ranksOf({ count, ends }: LayoutGraph): Int32Array {
  const out: number[][] = Array.from({ length: count }, () => [])
  for (let at = 0; at < ends.length; at += 2) {
    const [from = 0, to = 0] = [ends[at], ends[at + 1]]
    if (from !== to) out[from]?.push(to)
  }
  const before: number[][] = Array.from({ length: count }, () => [])
  const behind: number[][] = Array.from({ length: count }, () => [])
  const order = finished(count, out, (from, to) => {
    before[to]?.push(from)
    behind[from]?.push(to)
  })
  const rank = new Int32Array(count)
  for (const node of order)
    for (const next of behind[node] ?? []) rank[next] = Math.max(rank[next] ?? 0, (rank[node] ?? 0) + 1)
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at] ?? 0
    const next = behind[node] ?? []
    if (next.length > 0 && before[node]?.length === 0)
      rank[node] = next.reduce(
        (least, one) => Math.min(least, (rank[one] ?? 0) - 1),
        Number.POSITIVE_INFINITY,
      )
  }
  return rank
}

/** The nodes in an order in which every edge leads forward, those turned round that led back; `onEdge` is told of each. */
function finished(
  count: number,
  out: readonly (readonly number[])[],
  onEdge: (from: number, to: number) => void,
): number[] {
  const state = new Uint8Array(count)
  const [isNew, isOpen, isDone] = [0, 1, 2]
  const order: number[] = []
  const next = new Int32Array(count)
  for (let root = 0; root < count; root++) {
    if (state[root] !== isNew) continue
    const stack = [root]
    state[root] = isOpen
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const at = next[node] ?? 0
      const far = out[node]?.[at]
      if (far === undefined) {
        state[node] = isDone
        order.push(node)
        stack.pop()
        continue
      }
      next[node] = at + 1
      if (state[far] === isOpen) onEdge(far, node)
      else onEdge(node, far)
      if (state[far] === isNew) {
        state[far] = isOpen
        stack.push(far)
      }
    }
  }
  return order.reverse()
}
