import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RecordMaterializationBatchDocument } from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { findPathsOn, pathNames } from '../harness/paths.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'

/** Keys whose order by code point is not their order by UTF-16 unit, in that order. */
const KEYS = ['B', 'a', 'a/b', 'b', 'c', 'd', 'e', 'f', 'z', 'é', '～', '𝒳']

type Edges = [number, number][]

interface Graph {
  /** Edges that the latest materialization of the downstream asset has. */
  current: Edges
  /** Edges that only older ones had. */
  former: Edges
}

interface Question {
  from: number
  to: number
  scope: 'ALL' | 'CURRENT'
  limit: number
  maxLength: number | null
}

const node = fc.nat(KEYS.length - 1)
const edge = fc.tuple(node, node)
const graphs: fc.Arbitrary<Graph> = fc.record({
  current: fc.array(edge, { maxLength: 36, size: 'max' }),
  former: fc.array(edge, { maxLength: 8 }),
})
const question: fc.Arbitrary<Question> = fc.record({
  from: node,
  to: node,
  scope: fc.constantFrom('ALL', 'CURRENT'),
  limit: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(1_000)),
  maxLength: fc.option(fc.nat(7)),
})

const GRAPHS = 50
const QUESTIONS = 10

/** How many pages of an answer are looked at: where there are many paths, many. */
const PAGES = 12

/** Every simple path, by going all of them; in order. */
function allPaths(edges: Edges, from: number, to: number): number[][] {
  const found: number[][] = []
  const next = KEYS.map((_, near) => new Set(edges.filter(([start]) => start === near).map(([, end]) => end)))
  const go = (path: readonly number[]) => {
    const last = path.at(-1) ?? from
    if (last === to) found.push([...path])
    else for (const end of next[last] ?? []) if (!path.includes(end)) go([...path, end])
  }
  go([from])
  const byName = (one: number[], other: number[]) =>
    one.map((place, at) => place - (other[at] ?? 0)).find((difference) => difference !== 0) ?? 0
  return found.sort((one, other) => one.length - other.length || byName(one, other))
}

describe.each(Object.entries(WALKED))('of %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** Makes the graph by recording it: first what was so formerly, then what is so now. */
  async function record({ current, former }: Graph): Promise<void> {
    await clear(server)
    const run = (edges: Edges, materializedAt: string) => ({
      jobId: 'job',
      materializedAt,
      assets: KEYS.map((key, at) => ({
        key,
        upstream: edges.filter(([, end]) => end === at).map(([start]) => ({ key: KEYS[start] ?? '' })),
      })),
    })
    await server.query(RecordMaterializationBatchDocument, {
      inputs: [run(former, '2026-01-01T00:00:00Z'), run(current, '2026-01-02T00:00:00Z')],
    })
  }

  async function check({ current, former }: Graph, { from, to, ...options }: Question): Promise<void> {
    const edges = options.scope === 'ALL' ? [...current, ...former] : current
    const all = allPaths(edges, from, to)
    const { limit, maxLength } = options
    const short = maxLength === null ? all : all.filter((path) => path.length - 1 <= maxLength)
    const pages = await findPathsOn(server, KEYS[from] ?? '', KEYS[to] ?? '', options, PAGES)

    const found = pages.flatMap(pathNames)
    expect(found).toEqual(
      short.slice(0, PAGES * limit).map((path) => path.map((place) => KEYS[place]).join(' > ')),
    )
    for (const { paths } of pages)
      for (const { assets, length } of paths) expect(length).toBe(assets.length - 1)
    pages.forEach(({ paths, completeness }, at) => {
      const isLast = (at + 1) * limit >= short.length
      const stoppedBy = !isLast ? ['NODE_LIMIT'] : short.length < all.length ? ['DEPTH'] : []
      expect(paths).toHaveLength(isLast ? short.length - at * limit : limit)
      expect(completeness).toEqual({
        complete: stoppedBy.length === 0,
        stoppedBy,
        nextCursor: isLast ? null : expect.any(String),
      })
    })
  }

  test('paths are those that going all of them finds, in order, at any limit and length', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs,
        fc.array(question, { minLength: QUESTIONS, maxLength: QUESTIONS }),
        async (graph, questions) => {
          await record(graph)
          await Promise.all(questions.map((one) => check(graph, one)))
        },
      ),
      { numRuns: GRAPHS },
    )
  }, 120_000)
})
