import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import { cyclicComponents } from '../../src/lineage/cycles/cyclic-components.js'
import { MemoryGraph, NO_CHANGE } from '../../src/lineage/graph/memory-graph.js'
import { type GraphRows, MemoryGraphReader } from '../../src/lineage/graph/memory-graph-reader.js'

const NODES = 9
type Pair = readonly [from: number, to: number]
/** Each edge once. */
const edges: fc.Arbitrary<Pair[]> = fc
  .array(fc.tuple(fc.nat(NODES - 1), fc.nat(NODES - 1)), { maxLength: 24 })
  .map((all) => [...new Map(all.map((pair) => [String(pair), pair])).values()])

function componentsOf(all: readonly Pair[]) {
  const steps = cyclicComponents(
    { from: Int32Array.from(all, ([from]) => from), to: Int32Array.from(all, ([, to]) => to) },
    NODES,
  )
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}

/** Where one can come to over at least one edge, by plain search. */
function reachedFrom(all: readonly Pair[], node: number): Set<number> {
  const seen = new Set(all.filter(([from]) => from === node).map(([, to]) => to))
  for (const one of seen) for (const [from, to] of all) if (from === one) seen.add(to)
  return seen
}

describe('cyclic components', () => {
  test('are the nodes that lead back to themselves, together where they lead to each other', () => {
    fc.assert(
      fc.property(edges, (all) => {
        const { nodes, componentOf, nodeCounts, arcCounts, arcs } = componentsOf(all)
        const reached = Array.from({ length: NODES }, (_, node) => reachedFrom(all, node))
        const lead = (one: number, other: number) => reached[one]?.has(other) === true
        const cyclic = [...reached.keys()].filter((node) => lead(node, node))
        expect([...nodes].sort()).toEqual(cyclic)
        const number = new Map([...nodes].map((node, place) => [node, componentOf[place]]))
        for (const one of cyclic)
          for (const other of cyclic)
            expect(number.get(one) === number.get(other)).toBe(lead(one, other) && lead(other, one))
        const isInside = ([from, to]: Pair) => number.has(from) && number.get(from) === number.get(to)
        const inside = Array.from(arcs.from, (from, arc) => [nodes[from], nodes[arcs.to[arc] ?? -1]])
        expect(inside.map(String).sort()).toEqual(all.filter(isInside).map(String).sort())
        for (const [component, count] of nodeCounts.entries()) {
          expect(componentOf.filter((one) => one === component)).toHaveLength(count)
          expect(arcs.from.filter((from) => componentOf[from] === component)).toHaveLength(
            arcCounts[component] ?? -1,
          )
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('of a long ring, with tails at both ends, are the ring', () => {
    const ring = 200_000
    const tail = 1_000
    const from: number[] = []
    const to: number[] = []
    for (let node = 0; node < ring; node++) {
      from.push(node)
      to.push((node + 1) % ring)
    }
    for (let node = ring; node < ring + tail; node++) {
      from.push(node, node === ring ? 0 : node + tail - 1)
      to.push(node === ring + tail - 1 ? 0 : node + 1, node + tail)
    }
    const steps = cyclicComponents({ from: Int32Array.from(from), to: Int32Array.from(to) }, ring + 2 * tail)
    let taken = 1
    let step = steps.next()
    for (; !step.done; step = steps.next()) taken++
    expect([...step.value.nodeCounts]).toEqual([ring])
    expect([...step.value.arcCounts]).toEqual([ring])
    // In pieces, that is, between which others go on.
    expect(taken).toBeGreaterThan(20)
  })
})

describe('all edges of a graph in the process', () => {
  const edge = (upstream: string, downstream: string) => {
    const [upstreamRef, downstreamRef] = [upstream, downstream].map((key) => ({ namespace: 'n', key }))
    if (upstreamRef === undefined || downstreamRef === undefined) throw new Error('no names')
    const [upstreamId, downstreamId] = [assetIdOf(upstreamRef), assetIdOf(downstreamRef)]
    return {
      ...NO_CHANGE,
      assets: [
        { ...upstreamRef, id: upstreamId },
        { ...downstreamRef, id: downstreamId },
      ],
      edges: [{ upstreamId, downstreamId }],
    }
  }

  test('are those of one moment, whatever is recorded and sorted while they are taken in', async () => {
    const graph = new MemoryGraph()
    for (let at = 0; at < 60_000; at++) graph.edges.load(Int32Array.of(at), Int32Array.of(at + 1))
    for (let at = 0; at <= 60_000; at++)
      graph.assets.add(assetIdOf({ namespace: 'n', key: String(at) }), { namespace: 'n', key: String(at) })
    for (const _ of graph.compact());
    graph.apply(edge('0', 'late'))

    const reader = new MemoryGraphReader(graph, {} as GraphRows, '')
    const pairs: string[] = []
    let pieces = 0
    for await (const { upstreams, downstreams } of reader.allLinks()) {
      upstreams.forEach((upstream, place) => {
        pairs.push(`${upstream}>${downstreams[place]}`)
      })
      graph.apply(edge(`1${pieces}`, `later ${pieces}`))
      for (const _ of graph.compact());
      pieces++
    }
    expect(pieces).toBeGreaterThan(1)
    expect(pairs).toHaveLength(60_001)
    expect(new Set(pairs).size).toBe(60_001)
    // Names, and what is in a namespace, are asked of whatever the graph has become.
    expect(await reader.firstByName([2, 10, 1], null, 3)).toEqual([1, 10, 2])
    expect(await reader.ofNamespaces([1, 2], ['other'])).toEqual([])
    expect(() => reader.check()).not.toThrow()
  })
})
