import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Exported, exported, type Format } from '../harness/exports.js'
import { KEYS, randomGraph, recordGraph } from '../harness/random-graphs.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, walkOn } from '../harness/walks.js'

const keys = (constraints: { maxLength?: number } = {}) =>
  fc.option(
    fc.subarray(KEYS, constraints).map((some) => ({ keys: some })),
    { freq: 1 },
  )

const filter = fc.record({
  traverse: fc.option(fc.subarray(KEYS, { minLength: KEYS.length - 3 }).map((some) => ({ keys: some }))),
  show: keys(),
  stopAt: keys({ maxLength: 3 }),
})

const walks = fc.record({
  root: fc.constantFrom(...KEYS),
  direction: fc.constantFrom('UPSTREAM' as const, 'DOWNSTREAM' as const, 'BOTH' as const),
  scope: fc.constantFrom('ALL' as const, 'CURRENT' as const),
  depth: fc.option(fc.nat(3)),
  filter: fc.option(filter),
  ends: fc.constantFrom(null, null, null, 'ROOTS' as const, 'LEAVES' as const),
  // Before, between and behind what is recorded.
  asOf: fc.constantFrom(null, null, null, '2026-01-01T12:00:00Z', '2026-01-03T00:00:00Z'),
  limit: fc.integer({ min: 3, max: 9 }),
  format: fc.constantFrom<Format>('csv', 'dot', 'mermaid', 'openlineage'),
})

const inOrder = (names: readonly string[]) => [...names].sort()

/** PostgreSQL takes several times as long, and knows nothing else of exports than the graph in the process does. */
const RUNS = { 'the graph in the process': 60, PostgreSQL: 20 }

describe.each(Object.entries(WALKED))('exporting %s,', (name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('an export holds what a walk with all its pages does, in each format', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.array(walks, { minLength: 10, maxLength: 10 }), async (graph, all) => {
        await recordGraph(server, graph)
        for (const { root, limit, format, ...args } of all) {
          const pages = await walkOn(server, root, { ...args, limit })
          const nodes = pages.flatMap((page) => page.nodes)
          const edges = pages.flatMap((page) => page.edges)
          const parameters = { key: root, ...args }
          const lines = await exported(server, 'ndjson', parameters)
          expect(lines.nodes).toEqual(nodes.map(({ asset }) => `default/${asset.key}`))
          expect(lines.distances).toEqual(nodes.map(({ distance }) => distance))
          const named = edgeNames(edges).map((name, at) => {
            const [upstream, downstream] = name.split('>')
            return `default/${upstream} > default/${downstream} over ${edges[at]?.viaCount}`
          })
          expect(inOrder(lines.edges)).toEqual(inOrder(named))
          expect(lines.edges).toEqual(byEnds(lines))
          const { complete, stoppedBy } = pages.at(-1)?.completeness ?? {}
          expect(lines.trailer).toEqual({
            nodes: nodes.length,
            edges: edges.length,
            complete,
            stoppedBy,
            watermark: expect.any(String),
          })

          const other = await exported(server, format, parameters)
          // Transactions of other databases move the watermark on.
          expect(other.trailer).toEqual({ ...lines.trailer, watermark: expect.any(String) })
          expect(other.edges).toEqual(lines.edges)
          if (format === 'openlineage') {
            const withDistances = ({ nodes, distances }: Exported) =>
              inOrder(nodes.map((node, at) => `${node}@${distances[at]}`))
            expect(withDistances(other)).toEqual(withDistances(lines))
          } else {
            expect(other.nodes).toEqual(lines.nodes)
            expect(other.distances).toEqual(format === 'mermaid' ? [] : lines.distances)
          }
        }
      }),
      { numRuns: RUNS[name as keyof typeof RUNS] },
    )
  }, 240_000)
})

/** The edges in the order of their downstream ends, then of their upstream ones, by their places. */
function byEnds({ nodes, edges }: Exported): string[] {
  const rank = (edge: string) => {
    const [, upstream = '', downstream = ''] = /^(.*) > (.*) over \d+$/.exec(edge) ?? []
    return nodes.indexOf(downstream) * nodes.length + nodes.indexOf(upstream)
  }
  return [...edges].sort((one, other) => rank(one) - rank(other))
}
