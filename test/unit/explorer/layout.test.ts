import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { layered } from '../../../explorer/src/graph/layout/layered.js'
import { CARD, type LayoutGraph } from '../../../explorer/src/graph/layout/layout-graph.js'
import { placed } from '../../../explorer/src/graph/layout/placed.js'
import { ranksOf } from '../../../explorer/src/graph/layout/ranks.js'
import { spread } from '../../../explorer/src/graph/layout/spread.js'
import { graphOf } from './graphs.js'

const anyGraph = fc
  .integer({ min: 1, max: 40 })
  .chain((count) =>
    fc
      .array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 90 })
      .map((edges): LayoutGraph => ({ count, ends: Uint32Array.from(edges.flat()) })),
  )
/** Every edge leads from a lower place to a higher one. */
const acyclic = ({ count, ends }: LayoutGraph): LayoutGraph => ({
  count,
  ends: Uint32Array.from(
    Array.from({ length: ends.length / 2 }, (_, at) => [ends[2 * at] ?? 0, ends[2 * at + 1] ?? 0])
      .filter(([from = 0, to = 0]) => from !== to)
      .flatMap(([from = 0, to = 0]) => [Math.min(from, to), Math.max(from, to)]),
  ),
})
const columnOf = (rank: Int32Array, ends: Uint32Array, at: number) => rank[ends[at] ?? 0] ?? 0

function overlaps(places: readonly { x: number; y: number }[]): number {
  let found = 0
  for (const [at, one] of places.entries())
    for (const other of places.slice(at + 1))
      if (Math.abs(one.x - other.x) < CARD.width && Math.abs(one.y - other.y) < CARD.height) found++
  return found
}

describe('the layout', () => {
  test('puts everything behind what it was made from, where there is no cycle', () => {
    fc.assert(
      fc.property(anyGraph.map(acyclic), (graph) => {
        const rank = ranksOf(graph)
        for (let at = 0; at < graph.ends.length; at += 2)
          expect(columnOf(rank, graph.ends, at)).toBeLessThan(columnOf(rank, graph.ends, at + 1))
      }),
      { numRuns: 500 },
    )
  })

  test('lays no card over another, whatever the graph, and does the same each time', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const { x, y } = layered(graph)
        const places = Array.from(x, (left, at) => ({ x: left, y: y[at] ?? Number.NaN }))
        expect(places.every((place) => Number.isFinite(place.x) && Number.isFinite(place.y))).toBe(true)
        expect(overlaps(places)).toBe(0)
        expect(layered(graph)).toEqual(layered(graph))
      }),
      { numRuns: 300 },
    )
  })

  test('leads an edge over several columns past the cards on its way', () => {
    fc.assert(
      fc.property(anyGraph.map(acyclic), (graph) => {
        const { x, y, bends } = layered(graph)
        for (const bend of bends)
          for (let at = 0; at < bend.length; at += 4) {
            const [left, height] = [bend[at], bend[at + 1] ?? 0]
            for (const [node, other] of x.entries())
              if (other === left)
                expect(Math.abs((y[node] ?? 0) + CARD.height / 2 - height)).toBeGreaterThan(
                  CARD.height / 2 - 4,
                )
          }
      }),
      { numRuns: 300 },
    )
  })

  test('draws columns that are too tall as blocks, and tells how far it has come', () => {
    const count = 2_000
    const ends = Uint32Array.from({ length: 2 * (count - 1) }, (_, at) => (at % 2 === 0 ? 0 : (at + 1) / 2))
    const progress: number[] = []
    const { x, y } = layered({ count, ends }, (done) => progress.push(done))
    expect(Math.max(...y)).toBeLessThan(10_000)
    expect(overlaps(Array.from(x, (left, at) => ({ x: left, y: y[at] ?? 0 })))).toBe(0)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(progress.length).toBeGreaterThan(5)
  })

  test('comes to an end for no nodes, and for one that was made from itself', () => {
    expect(layered({ count: 0, ends: new Uint32Array() }).x).toHaveLength(0)
    expect(layered({ count: 1, ends: Uint32Array.from([0, 0]) }).x).toHaveLength(1)
  })
})

describe('places in order', () => {
  test('are as near to those wanted as any: no small move of one, or of several together, is better', () => {
    const cost = (places: readonly number[], wanted: readonly number[]) =>
      places.reduce((sum, place, at) => sum + (place - (wanted[at] ?? 0)) ** 2, 0)
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 }),
        fc.nat(20),
        (wanted, gap) => {
          const gaps = wanted.map(() => gap)
          const places = spread(wanted, gaps)
          const isAllowed = (some: readonly number[]) =>
            some.every((place, at) => at === 0 || place - (some[at - 1] ?? 0) >= gap - 1e-9)
          expect(isAllowed(places)).toBe(true)
          for (let from = 0; from < places.length; from++)
            for (let to = from; to < places.length; to++)
              for (const by of [-0.01, 0.01]) {
                const moved = places.map((place, at) => (at >= from && at <= to ? place + by : place))
                if (isAllowed(moved))
                  expect(cost(moved, wanted)).toBeGreaterThanOrEqual(cost(places, wanted) - 1e-9)
              }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('what is expanded', () => {
  test('finds a free place beside what it hangs on, and nothing else moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(25), fc.nat(25)), { minLength: 1, maxLength: 60 }),
        fc.nat(25),
        (edges, known) => {
          const graph = graphOf(edges)
          const first = graphOf(edges.filter(([from, to]) => from <= known && to <= known))
          const { x, y } = layered({
            count: first.nodes.length,
            ends: Uint32Array.from(
              first.edges.flatMap(({ from, to }) => [
                first.nodes.findIndex(({ id }) => id === from),
                first.nodes.findIndex(({ id }) => id === to),
              ]),
            ),
          })
          const before = new Map(first.nodes.map(({ id }, at) => [id, { x: x[at] ?? 0, y: y[at] ?? 0 }]))
          const after = placed(before, graph)
          for (const [id, place] of before) expect(after.get(id)).toEqual(place)
          expect(after.size).toBe(graph.nodes.length)
          expect(overlaps([...after.values()])).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })
})
