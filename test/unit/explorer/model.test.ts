import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { WalkAnswer } from '../../../explorer/src/api/queries.js'
import { ringsOf } from '../../../explorer/src/asset/rings.js'
import { readAssetSearch } from '../../../explorer/src/asset/search.js'
import { compared } from '../../../explorer/src/graph/model/compared.js'
import { contracted } from '../../../explorer/src/graph/model/contracted.js'
import { folded, groupIdOf, groupsOf } from '../../../explorer/src/graph/model/folded.js'
import { neighboursOf, reachedFrom, unseenOf } from '../../../explorer/src/graph/model/graph.js'
import { joined } from '../../../explorer/src/graph/model/joined.js'
import { graphOf, nodeAt, nodeId } from './graphs.js'

const edges = fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 40 })

const asset = (key: string) => ({
  namespace: 'default',
  key,
  kind: 'table',
  retiredAt: null,
  staleness: { status: 'FRESH' as const },
})
const ends = (upstream: string, downstream: string) => ({
  upstream: { namespace: 'default', key: upstream },
  downstream: { namespace: 'default', key: downstream },
  viaCount: 0,
})
function answer(nodes: [key: string, up: number, down: number][], edges: [string, string][]): WalkAnswer {
  return {
    nodes: nodes.map(([key, hiddenUpstream, hiddenDownstream]) => ({
      asset: asset(key),
      distance: 0,
      hiddenUpstream,
      hiddenDownstream,
    })),
    edges: edges.map(([from, to]) => ends(from, to)),
    backEdges: [],
    completeness: { complete: true, stoppedBy: [], nextCursor: null },
    watermark: 'w',
  }
}

describe('contraction', () => {
  test('connects what is left exactly where a way over hidden nodes alone did, by the shortest of them', () => {
    fc.assert(
      fc.property(edges, fc.uniqueArray(fc.nat(12)), (some, hiddenPlaces) => {
        const graph = graphOf(some)
        const hidden = new Set(hiddenPlaces.map(nodeId))
        const result = contracted(graph, ({ id }) => hidden.has(id))
        expect(result.graph.nodes.map(({ id }) => id)).toEqual(
          graph.nodes.map(({ id }) => id).filter((id) => !hidden.has(id)),
        )
        const found = new Map(result.graph.edges.map(({ from, to, viaCount }) => [`${from} ${to}`, viaCount]))
        expect(found.size).toBe(result.graph.edges.length)
        expect(found).toEqual(shortestOver(graph.edges, hidden))
      }),
      { numRuns: 1_000 },
    )
  })

  /** By relaxing all edges until nothing changes: how few hidden nodes lie between each two that are not. */
  function shortestOver(
    all: readonly { from: string; to: string }[],
    hidden: ReadonlySet<string>,
  ): Map<string, number> {
    const between = new Map(all.map(({ from, to }) => [`${from} ${to}`, 0]))
    for (let isChanged = true; isChanged; ) {
      isChanged = false
      for (const [one, count] of [...between])
        for (const { from, to } of all) {
          const [start = '', middle = ''] = one.split(' ')
          if (middle !== from || !hidden.has(middle) || hidden.has(start)) continue
          const way = `${start} ${to}`
          if ((between.get(way) ?? Number.POSITIVE_INFINITY) <= count + 1) continue
          between.set(way, count + 1)
          isChanged = true
        }
    }
    return new Map([...between].filter(([way]) => !way.split(' ').some((id) => hidden.has(id))))
  }
})

describe('groups', () => {
  test('stand for all of their assets but those of open ones and the root, and keep every edge between', () => {
    fc.assert(
      fc.property(edges, fc.nat(2), (some, openPlace) => {
        const graph = {
          ...graphOf(some),
          nodes: graphOf(some).nodes.map((node, at) => ({ ...node, key: `${'abc'[at % 3]}/${at}` })),
        }
        const root = graph.nodes[0]?.id ?? ''
        const open = new Set(['abc'[openPlace] ?? ''])
        const result = folded(graph, 'prefix', open, root)
        expect(result.nodes.reduce((sum, { members }) => sum + members, 0)).toBe(graph.nodes.length)
        expect(result.nodes.some(({ id }) => id === root)).toBe(true)
        const isGroup = new Set(groupsOf(graph, 'prefix').map(([name]) => name))
        const placeOf = new Map(
          graph.nodes.map(({ id, key }) => {
            const name = key.slice(0, 1)
            return [id, id === root || open.has(name) || !isGroup.has(name) ? id : groupIdOf(name)]
          }),
        )
        const wanted = new Set(
          graph.edges
            .map(({ from, to }) => [placeOf.get(from) ?? '', placeOf.get(to) ?? ''])
            .filter(([from = '', to]) => !(from === to && from.startsWith('\u0003')))
            .map((pair) => pair.join(' ')),
        )
        expect(new Set(result.edges.map(({ from, to }) => `${from} ${to}`))).toEqual(wanted)
        expect(result.edges).toHaveLength(wanted.size)
      }),
      { numRuns: 500 },
    )
  })

  test('are as their worst asset is', () => {
    const nodes = [nodeAt(1), nodeAt(2, { status: 'STALE' }), nodeAt(3, { status: 'MISSING' })]
    expect(folded({ nodes, edges: [] }, 'prefix', new Set(), '').nodes).toMatchObject([
      { key: 'key', members: 3, status: 'STALE', kind: 'table' },
    ])
  })
})

describe('answers joined', () => {
  const page = answer(
    [
      ['a', 0, 1],
      ['b', 1, 2],
    ],
    [['a', 'b']],
  )

  test('count as unseen only what none of them holds', () => {
    const graph = joined(
      [page],
      [
        answer(
          [
            ['b', 0, 1],
            ['c', 0, 0],
          ],
          [['b', 'c']],
        ),
      ],
    )
    expect(graph.nodes.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    expect([...unseenOf(graph)].map(([, unseen]) => unseen)).toEqual([
      { upstream: 0, downstream: 1 },
      { upstream: 1, downstream: 1 },
    ])
  })

  test('leave out an expansion of what is not there any more', () => {
    const orphan = answer(
      [
        ['z', 0, 0],
        ['y', 0, 0],
      ],
      [['z', 'y']],
    )
    expect(joined([page], [orphan]).nodes.map(({ key }) => key)).toEqual(['a', 'b'])
  })

  test('hold a path whole, whatever of it was there', () => {
    const graph = joined([page], [], [[asset('b'), asset('m'), asset('n')]])
    expect(graph.nodes.map(({ key }) => key)).toEqual(['a', 'b', 'm', 'n'])
    expect(graph.edges).toHaveLength(3)
  })

  test('compared with another time hold what has gone as ghosts', () => {
    const graph = compared(joined([page]), {
      addedNodes: [asset('b')],
      addedEdges: [ends('a', 'b')],
      removedNodes: [asset('old')],
      removedEdges: [ends('old', 'b'), ends('gone', 'gone too')],
      addedNodeCount: 1,
      removedNodeCount: 1,
      unchangedNodeCount: 1,
      completeness: { complete: true, stoppedBy: [] },
    })
    expect(graph.nodes.map(({ key, change }) => [key, change])).toEqual([
      ['a', null],
      ['b', 'added'],
      ['old', 'removed'],
    ])
    expect(graph.edges.map(({ change }) => change)).toEqual(['added', 'removed'])
    // What is gone is no neighbour that could be shown.
    expect(unseenOf(graph).get(graph.nodes[1]?.id ?? '')).toEqual({ upstream: 1, downstream: 2 })
  })
})

describe('the graph', () => {
  test('knows all that can be reached, cycles or not', () => {
    const { downstream, upstream } = neighboursOf(
      graphOf([
        [0, 1],
        [1, 2],
        [2, 0],
        [3, 1],
      ]),
    )
    expect(reachedFrom(nodeId(0), downstream).size).toBe(3)
    expect(reachedFrom(nodeId(0), upstream).size).toBe(4)
  })

  test('as rings has each node once, where it is nearest', () => {
    const graph = graphOf([
      [0, 1],
      [1, 2],
      [0, 2],
      [3, 3],
    ])
    expect(ringsOf(graph, nodeId(1)).map(({ offset, nodes }) => [offset, nodes.length])).toEqual([
      [-1, 1],
      [0, 1],
      [1, 1],
      [null, 1],
    ])
  })
})

describe('an address', () => {
  test('says what it can, and is read whatever it says', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'key',
            'depth',
            'opened',
            'selected',
            'hiddenKinds',
            'asOf',
            'since',
            'limit',
            'group',
          ),
          fc.jsonValue(),
        ),
        (raw) => {
          const search = readAssetSearch(raw)
          expect(search.depth).toBeGreaterThanOrEqual(1)
          expect(readAssetSearch({ ...search })).toEqual(search)
        },
      ),
      { numRuns: 1_000 },
    )
    expect(readAssetSearch({ key: 7, since: '2026-01-01' })).toMatchObject({ key: '7', since: undefined })
  })
})
