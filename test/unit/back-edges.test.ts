import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { findBackEdges, type NumberedEdge } from '../../src/lineage/walk/back-edges.js'

const NODES = 8
const edges = fc
  .array(fc.record({ from: fc.nat(NODES - 1), to: fc.nat(NODES - 1) }), { maxLength: 30 })
  .map((all) => all.sort((a, b) => Math.max(a.from, a.to) - Math.max(b.from, b.to)))
const closing = fc.constantFrom('backward' as const, 'forward' as const)

/** Whether `to` can be reached from `from` over these edges, by plain search. */
function reaches(all: readonly NumberedEdge[], from: number, to: number): boolean {
  const seen = new Set([from])
  for (const node of seen) for (const edge of all) if (edge.from === node) seen.add(edge.to)
  return seen.has(to)
}

describe('back edges', () => {
  test('are those, of one orientation, that complete a cycle with what has come by then', () => {
    fc.assert(
      fc.property(edges, closing, (all, which) => {
        const wanted = all.filter((edge) => {
          const time = Math.max(edge.from, edge.to)
          const soFar = all.filter(({ from, to }) => Math.max(from, to) <= time)
          const isClosing = which === 'backward' ? edge.from >= edge.to : edge.from <= edge.to
          return isClosing && reaches(soFar, edge.to, edge.from)
        })
        expect(findBackEdges(NODES, all, which)).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })

  test('leave no cycle', () => {
    fc.assert(
      fc.property(edges, closing, (all, which) => {
        const back = new Set(findBackEdges(NODES, all, which))
        const rest = all.filter((edge) => !back.has(edge))
        for (const { from, to } of rest) expect(reaches(rest, to, from)).toBe(false)
      }),
    )
  })

  test('do not depend on nodes that come later', () => {
    fc.assert(
      fc.property(edges, closing, fc.nat(NODES), (all, which, count) => {
        const first = all.filter(({ from, to }) => Math.max(from, to) < count)
        expect(findBackEdges(count, first, which)).toEqual(
          findBackEdges(NODES, all, which).filter((edge) => first.includes(edge)),
        )
      }),
    )
  })

  test('are found in a cycle of a hundred thousand without recursion', () => {
    const size = 100_000
    const cycle = Array.from({ length: size }, (_, from) => ({ from, to: (from + 1) % size }))
    expect(findBackEdges(size, cycle, 'backward')).toEqual([{ from: size - 1, to: 0 }])
  })
})
