import { at } from '../graph/growing.js'

/** Of each node, numbered from 0 on, the far ends of its edges one way, one node's after another's. */
export interface Arcs {
  /** Where those of each node begin; one more than there are nodes. */
  first: Int32Array
  ends: Int32Array
}

/** Those of each node stand in the order of the edges, whose ends are given place by place. */
export function arcsOf(nodeCount: number, near: ArrayLike<number>, far: ArrayLike<number>): Arcs {
  const first = new Int32Array(nodeCount + 1)
  for (let edge = 0; edge < near.length; edge++) {
    const node = near[edge] ?? 0
    first[node + 1] = at(first, node + 1) + 1
  }
  for (let node = 0; node < nodeCount; node++) first[node + 1] = at(first, node + 1) + at(first, node)
  const next = first.slice(0, nodeCount)
  const ends = new Int32Array(near.length)
  for (let edge = 0; edge < near.length; edge++) {
    const node = near[edge] ?? 0
    const place = at(next, node)
    ends[place] = far[edge] ?? 0
    next[node] = place + 1
  }
  return { first, ends }
}

/** The least number of hops from a root to each node; -1 for those that it does not lead to. */
export function hopsFrom(root: number, { first, ends }: Arcs): Int32Array {
  const hops = new Int32Array(first.length - 1).fill(-1)
  const queue = new Int32Array(hops.length)
  hops[root] = 0
  queue[0] = root
  let reached = 1
  for (let place = 0; place < reached; place++) {
    const node = at(queue, place)
    for (let arc = at(first, node); arc < at(first, node + 1); arc++) {
      const next = at(ends, arc)
      if (at(hops, next) >= 0) continue
      hops[next] = at(hops, node) + 1
      queue[reached++] = next
    }
  }
  return hops
}
