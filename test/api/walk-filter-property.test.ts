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

/** By the places of assets among KEYS; null where that part of the filter is absent. */
interface Narrowing {
  traverse: number[] | null
  show: number[] | null
  stopAt: number[] | null
  ends: 'ROOTS' | 'LEAVES' | null
}

const some = fc.option(fc.subarray(KEYS.map((_, at) => at)))
const few = fc.option(
  fc.subarray(
    KEYS.map((_, at) => at),
    { maxLength: 3 },
  ),
)
const narrowing: fc.Arbitrary<Narrowing> = fc.record({
  traverse: few.map((left) => left && KEYS.map((_, at) => at).filter((at) => !left.includes(at))),
  show: some,
  stopAt: few,
  ends: fc.constantFrom(null, null, 'ROOTS', 'LEAVES'),
})

const directions = fc.constantFrom('UPSTREAM' as const, 'DOWNSTREAM' as const, 'BOTH' as const)
const scopes = fc.constantFrom('ALL' as const, 'CURRENT' as const)

const keysOf = (places: number[] | null) =>
  places === null ? null : { keys: places.map((at) => KEYS[at] ?? '') }

const argumentsOf = ({ ends, ...parts }: Narrowing) => ({
  ends,
  filter: { traverse: keysOf(parts.traverse), show: keysOf(parts.show), stopAt: keysOf(parts.stopAt) },
})

/** The graph that a filter leaves, by trying every way over hidden assets: what each walk is over. */
function contracted(edges: readonly PlacedEdge[], root: number, filter: Narrowing) {
  const isThere = (node: number) => node === root || (filter.traverse?.includes(node) ?? true)
  const isStop = (node: number) => node !== root && (filter.stopAt?.includes(node) ?? false)
  const goes = edges.filter(([upstream, downstream]) => isThere(upstream) && isThere(downstream))
  const isEnd = (node: number) =>
    !goes.some(([upstream, downstream]) => {
      const [near, far] = filter.ends === 'ROOTS' ? [downstream, upstream] : [upstream, downstream]
      return near === node && far !== node
    })
  const isShown = (node: number) =>
    node === root ||
    (isThere(node) && (filter.show?.includes(node) ?? true) && (filter.ends === null || isEnd(node)))
  const via = new Map<string, { edge: PlacedEdge; count: number }>()
  for (const start of KEYS.keys()) {
    if (!isShown(start)) continue
    const follow = (node: number, passed: readonly number[]) => {
      for (const [upstream, downstream] of goes) {
        if (upstream !== node) continue
        if (isShown(downstream)) {
          const name = `${start} ${downstream}`
          const known = via.get(name)
          if (known === undefined || passed.length < known.count)
            via.set(name, { edge: [start, downstream], count: passed.length })
        } else if (!isStop(downstream) && !passed.includes(downstream)) {
          follow(downstream, [...passed, downstream])
        }
      }
    }
    follow(start, [])
  }
  return { edges: [...via.values()], isStop }
}

function expected(
  edges: readonly PlacedEdge[],
  root: number,
  direction: 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH',
  depth: number | null,
  filter: Narrowing,
) {
  const graph = contracted(edges, root, filter)
  const distances = distancesFrom(
    root,
    graph.edges.map(({ edge }) => edge),
    direction,
    depth,
    (node) => !graph.isStop(node),
  )
  const nodes = [...distances.keys()].sort(
    (a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || compareKeys(KEYS[a] ?? '', KEYS[b] ?? ''),
  )
  const isComplete = (): boolean => {
    if (filter.ends === null) return distancesFrom(root, edges, direction).size === nodes.length
    // What is no end was not asked for; what else the filter keeps back was.
    const unlimited = expected(edges, root, direction, null, { ...filter, ends: null })
    const ends = depth === null ? nodes.length : expected(edges, root, direction, null, filter).nodes.length
    return unlimited.complete && ends === nodes.length
  }
  const isShown = (node: number) => distances.has(node)
  const shown = graph.edges.filter(({ edge }) => edge.every(isShown))
  const direct = new Set(edges.filter((edge) => edge.every(isShown)).map(String))
  const hidden = (node: number, near: 0 | 1) =>
    new Set(edges.filter((edge) => edge[near] === node && !direct.has(String(edge))).map(String)).size
  return {
    nodes: nodes.map((node) => `${KEYS[node]}@${distances.get(node)}`),
    edges: shown.map(({ edge: [a, b], count }) => `${KEYS[a]}>${KEYS[b]} over ${count}`).sort(),
    hidden: nodes.map((node) => [hidden(node, 1), hidden(node, 0)]),
    complete: isComplete(),
  }
}

const overNames = (edges: LineageAnswer['edges']) => {
  const names = edgeNames(edges)
  return edges.map(({ viaCount }, at) => `${names[at]} over ${viaCount}`)
}

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('a filtered walk is a walk over the graph with the hidden assets contracted', async () => {
    const walks = fc.array(
      fc.tuple(fc.nat(KEYS.length - 1), fc.option(fc.nat(3)), directions, scopes, narrowing),
      {
        minLength: 10,
        maxLength: 10,
      },
    )
    await fc.assert(
      fc.asyncProperty(randomGraph, walks, async (graph, all) => {
        await recordGraph(server, graph)
        const answered = await queryEach(
          server,
          LineageDocument,
          all,
          ([root, depth, direction, scope, filter]) => ({
            root: { key: KEYS[root] ?? '' },
            direction,
            scope,
            depth,
            ...argumentsOf(filter),
          }),
        )
        for (const [[root, depth, direction, scope, filter], { lineage: answer }] of answered) {
          const edges = scope === 'ALL' ? [...graph.current, ...graph.former] : graph.current
          const wanted = expected(edges, root, direction, depth, filter)
          expect({
            nodes: nodeNames(answer.nodes),
            edges: overNames(answer.edges).sort(),
            hidden: answer.nodes.map(({ hiddenUpstream, hiddenDownstream }) => [
              hiddenUpstream,
              hiddenDownstream,
            ]),
            complete: answer.completeness.complete,
          }).toEqual(wanted)
          expect(answer.completeness.complete).toBe(answer.completeness.stoppedBy.length === 0)
        }
      }),
      { numRuns: 100 },
    )
  }, 120_000)

  test('cut at any limit and continued it gives exactly the uncut answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        fc.nat(KEYS.length - 1),
        directions,
        scopes,
        narrowing,
        fc.integer({ min: 1, max: 4 }),
        async (graph, root, direction, scope, filter, limit) => {
          await recordGraph(server, graph)
          const args = { direction, scope, ...argumentsOf(filter) }
          const whole = await walk(server, KEYS[root] ?? '', args)
          const pages = await walkOn(server, KEYS[root] ?? '', { ...args, limit })
          expect(pages.flatMap(({ nodes }) => nodeNames(nodes))).toEqual(nodeNames(whole.nodes))
          expect(pages.flatMap(({ edges }) => overNames(edges))).toEqual(overNames(whole.edges))
          expect(pages.flatMap(({ backEdges }) => edgeNames(backEdges))).toEqual(edgeNames(whole.backEdges))
          expect(pages.at(-1)?.completeness).toEqual(whole.completeness)
        },
      ),
      { numRuns: 60 },
    )
  }, 120_000)

  test('a filter that hides nothing changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        fc.nat(KEYS.length - 1),
        directions,
        scopes,
        async (graph, root, direction, scope) => {
          await recordGraph(server, graph)
          const all = { keys: KEYS }
          const args = { direction, scope }
          const filter = { traverse: all, show: all, stopAt: { keys: [] } }
          const { watermark: _, ...plain } = await walk(server, KEYS[root] ?? '', args)
          expect(await walk(server, KEYS[root] ?? '', { ...args, filter })).toMatchObject(plain)
        },
      ),
      { numRuns: 30 },
    )
  }, 120_000)
})
