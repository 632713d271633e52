import fc from 'fast-check'
import { RecordMaterializationBatchDocument } from '../../schema/operations.generated.js'
import { clear } from './dump.js'
import { recordBatch } from './recordings.js'
import type { TestServer } from './server.js'

/** Keys whose order by code point is not their order by UTF-16 unit, and none is the other's beginning by chance. */
export const KEYS = ['a', 'b', 'B', 'a/b', 'é', '～', '𝒳', 'z']

/** An edge by the places of its ends among KEYS: the second has been made from the first. */
export type PlacedEdge = readonly [upstream: number, downstream: number]

export interface RandomGraph {
  /** Edges that the latest materialization of the downstream asset has. */
  current: PlacedEdge[]
  /** Edges that only older ones had. */
  former: PlacedEdge[]
}

const edge: fc.Arbitrary<PlacedEdge> = fc.tuple(fc.nat(KEYS.length - 1), fc.nat(KEYS.length - 1))

export const randomGraph: fc.Arbitrary<RandomGraph> = fc.record({
  current: fc.array(edge, { maxLength: 20 }),
  former: fc.array(edge, { maxLength: 8 }),
})

/** Makes the graph by recording it: first what was so formerly, then what is so now. */
export async function recordGraph(server: TestServer, { current, former }: RandomGraph): Promise<void> {
  await clear(server)
  const run = (edges: readonly PlacedEdge[], materializedAt: string) => ({
    jobId: 'job',
    materializedAt,
    assets: KEYS.map((key, at) => ({
      key,
      upstream: edges
        .filter(([, downstream]) => downstream === at)
        .map(([upstream]) => ({ key: KEYS[upstream] ?? '' })),
    })),
  })
  await server.query(RecordMaterializationBatchDocument, {
    inputs: [run(former, '2026-01-01T00:00:00Z'), run(current, '2026-01-02T00:00:00Z')],
  })
}

/** Names of several namespaces, in whose order by code point the places among KEYS are mixed. */
export const nameAt = (place: number) => ({
  key: KEYS[place] ?? '',
  namespace: ['default', '～', '𝒳'][place % 3] ?? '',
})
const kindAt = (place: number) => ['table', '～', '𝒳'][place % 4] ?? 'file'

/** As recordGraph, with assets of several namespaces and kinds. */
export async function recordNamedGraph(server: TestServer, { current, former }: RandomGraph): Promise<void> {
  await clear(server)
  const run = (edges: readonly PlacedEdge[], materializedAt: string) => ({
    materializedAt,
    assets: KEYS.map((_, place) => ({
      ...nameAt(place),
      kind: kindAt(place),
      upstream: edges.filter(([, downstream]) => downstream === place).map(([upstream]) => nameAt(upstream)),
    })),
  })
  await recordBatch(server, [run(former, '2026-01-01T00:00:00Z'), run(current, '2026-01-02T00:00:00Z')])
}

/** Whether one key comes before another (negative), or behind it, in every list. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** The places of the nodes that a plain breadth-first search comes to, with their distances. */
export function distancesFrom(
  root: number,
  edges: readonly PlacedEdge[],
  direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH',
  depth: number | null = null,
  goesOn: (node: number) => boolean = () => true,
): Map<number, number> {
  const distances = new Map([[root, 0]])
  for (const way of direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction]) {
    const own = new Map([[root, 0]])
    for (const [node, distance] of own) {
      if ((depth !== null && distance >= depth) || !(node === root || goesOn(node))) continue
      for (const [upstream, downstream] of edges) {
        const [near, far] = way === 'UPSTREAM' ? [downstream, upstream] : [upstream, downstream]
        if (near === node && !own.has(far)) own.set(far, distance + 1)
      }
    }
    for (const [node, distance] of own)
      distances.set(node, Math.min(distance, distances.get(node) ?? distance))
  }
  return distances
}
