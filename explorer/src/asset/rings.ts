import type { LineageGraph } from '../../../clients/typescript/src/index.js'
import type { AssetName } from '../api/queries.js'

/** The assets that lie equally far, and the same way, from the root. */
export interface Ring {
  /** Hops: less than 0 upstream, more downstream. */
  offset: number
  nodes: { asset: LineageGraph['nodes'][number]['asset']; hidden: number }[]
}

const nameOf = ({ namespace, key }: AssetName) => `${namespace}\u0001${key}`

/**
 * The nodes of a walk in both directions by how far upstream or downstream they lie: what is both stands upstream. Farthest
 * upstream first; within a ring in the order of the answer.
 */
export function ringsOf({ nodes, edges }: LineageGraph, root: AssetName): Ring[] {
  const above = reached(
    edges.map(({ upstream, downstream }) => [nameOf(downstream), nameOf(upstream)]),
    nameOf(root),
  )
  const rings = new Map<number, Ring>()
  for (const { asset, distance, hiddenUpstream, hiddenDownstream } of nodes) {
    const offset = distance > 0 && above.has(nameOf(asset)) ? -distance : distance
    const ring = rings.get(offset) ?? { offset, nodes: [] }
    ring.nodes.push({ asset, hidden: hiddenUpstream + hiddenDownstream })
    rings.set(offset, ring)
  }
  return [...rings.values()].sort((a, b) => a.offset - b.offset)
}

/** All that can be reached over edges, from the first of their ends to the second. */
function reached(edges: readonly [from: string, to: string][], start: string): Set<string> {
  const next = new Map<string, string[]>()
  for (const [from, to] of edges) {
    const known = next.get(from)
    if (known === undefined) next.set(from, [to])
    else known.push(to)
  }
  const found = new Set<string>()
  const left = [start]
  for (let name = left.pop(); name !== undefined; name = left.pop())
    for (const far of next.get(name) ?? [])
      if (!found.has(far)) {
        found.add(far)
        left.push(far)
      }
  return found
}
