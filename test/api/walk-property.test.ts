import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { LineageDocument } from '../../schema/operations.generated.js'
import {
  compareKeys,
  distancesFrom,
  KEYS,
  type PlacedEdge,
  randomGraph,
  recordGraph,
} from '../harness/random-graphs.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { queryEach } from '../harness/together.js'
import { edgeNames, type LineageAnswer, nodeNames, walk, walkOn } from '../harness/walks.js'

type Direction = 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH'

const WAYS = (['UPSTREAM', 'DOWNSTREAM', 'BOTH'] as const).flatMap((direction) =>
  (['ALL', 'CURRENT'] as const).map((scope) => ({ direction, scope })),
)

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** A plain breadth-first search over plain sets: what every walk must equal. */
  function expected(edges: readonly PlacedEdge[], root: number, direction: Direction, depth: number | null) {
    const distances = distancesFrom(root, edges, direction, depth)
    const byCodePoint = (a: number, b: number) => compareKeys(KEYS[a] ?? '', KEYS[b] ?? '')
    const order = [...distances.keys()].sort(
      (a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || byCodePoint(a, b),
    )
    const among = new Set(
      edges.filter(([a, b]) => distances.has(a) && distances.has(b)).map(([a, b]) => `${KEYS[a]}>${KEYS[b]}`),
    )
    const neighbours = (node: number, side: 0 | 1) =>
      new Set(
        edges
          .filter((one) => one[side] === node)
          .map((one) => one[side === 0 ? 1 : 0])
          .filter((far) => !distances.has(far)),
      ).size
    return {
      nodes: order.map((node) => `${KEYS[node]}@${distances.get(node)}`),
      edges: [...among].sort(),
      hidden: order.map((node) => [neighbours(node, 1), neighbours(node, 0)]),
      reachesFurther: (found: Set<string>) => order.some((node) => !found.has(KEYS[node] ?? '')),
    }
  }

  const hiddenOf = ({ nodes }: LineageAnswer) =>
    nodes.map(({ hiddenUpstream, hiddenDownstream }) => [hiddenUpstream, hiddenDownstream])

  test('a walk equals a plain breadth-first search, in each direction, scope and depth', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        fc.nat(KEYS.length - 1),
        fc.option(fc.nat(4)),
        async (graph, root, depth) => {
          await recordGraph(server, graph)
          const answered = await queryEach(server, LineageDocument, WAYS, (way) => ({
            ...{ root: { key: KEYS[root] ?? '' }, depth },
            ...way,
          }))
          for (const [{ direction, scope }, { lineage: answer }] of answered) {
            const edges = scope === 'ALL' ? [...graph.current, ...graph.former] : graph.current
            const wanted = expected(edges, root, direction, depth)
            expect(nodeNames(answer.nodes)).toEqual(wanted.nodes)
            expect(edgeNames(answer.edges).sort()).toEqual(wanted.edges)
            expect(hiddenOf(answer)).toEqual(wanted.hidden)
            const found = new Set(answer.nodes.map(({ asset }) => asset.key))
            const isComplete = !expected(edges, root, direction, null).reachesFurther(found)
            expect(answer.completeness).toEqual({
              complete: isComplete,
              stoppedBy: isComplete ? [] : ['DEPTH'],
              nextCursor: null,
            })
          }
        },
      ),
      { numRuns: 40 },
    )
  }, 120_000)

  test('a walk cut at any limit and continued gives exactly the uncut answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        fc.nat(KEYS.length - 1),
        fc.constantFrom<Direction>('UPSTREAM', 'DOWNSTREAM', 'BOTH'),
        fc.constantFrom<'ALL' | 'CURRENT'>('ALL', 'CURRENT'),
        fc.option(fc.nat(4)),
        fc.integer({ min: 1, max: 7 }),
        async (graph, root, direction, scope, depth, limit) => {
          await recordGraph(server, graph)
          const args = { direction, scope, depth }
          const whole = await walk(server, KEYS[root] ?? '', args)
          const pages = await walkOn(server, KEYS[root] ?? '', { ...args, limit })
          expect(pages.flatMap(({ nodes }) => nodeNames(nodes))).toEqual(nodeNames(whole.nodes))
          expect(pages.flatMap(({ edges }) => edgeNames(edges))).toEqual(edgeNames(whole.edges))
          expect(pages.flatMap(({ backEdges }) => edgeNames(backEdges))).toEqual(edgeNames(whole.backEdges))
          expect(pages.at(-1)?.completeness).toEqual(whole.completeness)
          for (const page of pages.slice(0, -1)) {
            expect(page.nodes.length).toBe(limit)
            expect(page.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
          }
          // What a page hides and a later one shows comes with an edge to the node that hid it.
          const hidden = new Map(
            pages.flatMap((page) => page.nodes.map(({ asset, ...node }) => [asset.key, { ...node }])),
          )
          const firstPage = new Map(
            pages.flatMap((page, at) => page.nodes.map(({ asset }) => [asset.key, at])),
          )
          pages.forEach((page, at) => {
            for (const { upstream, downstream } of page.edges) {
              const up = hidden.get(upstream.key)
              const down = hidden.get(downstream.key)
              if (up !== undefined && (firstPage.get(upstream.key) ?? at) < at) up.hiddenDownstream--
              if (down !== undefined && (firstPage.get(downstream.key) ?? at) < at) down.hiddenUpstream--
            }
          })
          expect([...hidden.values()].map((node) => [node.hiddenUpstream, node.hiddenDownstream])).toEqual(
            hiddenOf(whole),
          )
        },
      ),
      { numRuns: 60 },
    )
  }, 120_000)

  test('back edges lie on cycles, and the rest of the edges form none', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.nat(KEYS.length - 1), async (graph, root) => {
        await recordGraph(server, graph)
        const answer = await walk(server, KEYS[root] ?? '', { direction: 'BOTH' })
        const back = new Set(edgeNames(answer.backEdges))
        const all = edgeNames(answer.edges)
        const forward = all.filter((name) => !back.has(name))
        const reach = (names: string[], from: string) => {
          const seen = new Set<string>()
          const queue = [from]
          for (const node of queue) {
            for (const name of names) {
              const [a, b] = name.split('>')
              if (a === node && b !== undefined && !seen.has(b)) {
                seen.add(b)
                queue.push(b)
              }
            }
          }
          return seen
        }
        for (const { asset } of answer.nodes) expect(reach(forward, asset.key).has(asset.key)).toBe(false)
        for (const name of back) {
          const [from = '', to = ''] = name.split('>')
          expect(from === to || reach(all, to).has(from)).toBe(true)
        }
      }),
      { numRuns: 40 },
    )
  }, 120_000)
})
