import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { findBackEdges, type NumberedEdge } from '../../src/lineage/walk/back-edges.js'

const NODES = 8
const edges = fc.array(fc.record({ from: fc.nat(NODES - 1), to: fc.nat(NODES - 1) }), { maxLength: 30 })
const order = fc.shuffledSubarray([...Array(NODES).keys()], { minLength: NODES, maxLength: NODES })

/** Whether `to` can be reached from `from`, by plain search. */
function reaches(taken: readonly NumberedEdge[], from: number, to: number): boolean {
  const seen = new Set([from])
  for (const node of seen) for (const edge of taken) if (edge.from === node) seen.add(edge.to)
  return seen.has(to)
}

/** The definition, word by word. */
function closingOneByOne(all: readonly NumberedEdge[]): NumberedEdge[] {
  const taken: NumberedEdge[] = []
  return all.filter((edge) => {
    const closes = reaches(taken, edge.to, edge.from)
    if (!closes) taken.push(edge)
    return closes
  })
}

describe('back edges', () => {
  test('are those that complete a cycle with the edges before them that do not', () => {
    fc.assert(
      fc.property(edges, order, (all, likely) =>
        expect(findBackEdges(likely, all)).toEqual(closingOneByOne(all)),
      ),
    )
  })

  test('do not depend on the edges that follow', () => {
    fc.assert(
      fc.property(edges, order, fc.nat(30), (all, likely, cut) => {
        const first = all.slice(0, cut)
        expect(findBackEdges(likely, first)).toEqual(
          findBackEdges(likely, all).filter((edge) => first.includes(edge)),
        )
      }),
    )
  })

  test('are found in a cycle of a hundred thousand without recursion', () => {
    const size = 100_000
    const cycle = Array.from({ length: size }, (_, from) => ({ from, to: (from + 1) % size }))
    expect(findBackEdges([...Array(size).keys()], cycle)).toEqual([{ from: size - 1, to: 0 }])
  })
})
