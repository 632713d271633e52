import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  LineageCyclesDocument,
  type LineageCyclesQuery,
  type LineageCyclesQueryVariables,
} from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { type KeyedEdge, seedGraph } from '../harness/graph.js'
import { KEYS, nameAt, type PlacedEdge, randomGraph, recordNamedGraph } from '../harness/random-graphs.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { queryEach } from '../harness/together.js'

type Answer = LineageCyclesQuery['lineageCycles']

const fullName = ({ namespace, key }: { namespace: string; key: string }) => `${namespace}\u0001${key}`
const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The cycles of a graph, by trying what leads where; each with its assets and edges in their order. */
function cyclesOf(edges: readonly PlacedEdge[], namespace: string | null) {
  const places = [...KEYS.keys()]
  const reached = places.map((place) => {
    const seen = new Set(edges.filter(([from]) => from === place).map(([, to]) => to))
    for (const one of seen) for (const [from, to] of edges) if (from === one) seen.add(to)
    return seen
  })
  const isTogether = (one: number, other: number) => reached[one]?.has(other) && reached[other]?.has(one)
  const nameOf = (place: number) => fullName(nameAt(place))
  const byName = places.toSorted((a, b) => compareBytes(nameOf(a), nameOf(b)))
  const cycles = byName
    .map((place) => byName.filter((other) => isTogether(place, other)))
    .filter((members, at) => members[0] === byName[at])
  return cycles
    .filter((members) => namespace === null || members.some((place) => nameAt(place).namespace === namespace))
    .map((members) => {
      const inside = members.flatMap((downstream) =>
        members
          .filter((upstream) => edges.some(([from, to]) => from === upstream && to === downstream))
          .map((upstream) => `${nameOf(upstream)}>${nameOf(downstream)}`),
      )
      return { assets: members.map(nameOf), edges: inside }
    })
}

const shown = ({ cycles }: Pick<Answer, 'cycles'>) =>
  cycles.map(({ assets, edges, assetCount, edgeCount, isCut }) => {
    expect([assetCount, edgeCount, isCut]).toEqual([assets.length, edges.length, false])
    return {
      assets: assets.map(fullName),
      edges: edges.map(({ upstream, downstream }) => `${fullName(upstream)}>${fullName(downstream)}`),
    }
  })

const EVERYWHERE = (['ALL', 'CURRENT'] as const).flatMap((scope) =>
  [null, 'default', '𝒳'].map((namespace) => ({ scope, namespace })),
)

const ringOf = (name: string, count: number): KeyedEdge[] =>
  Array.from({ length: count }, (_, at) => [`${name}/${at}`, `${name}/${(at + 1) % count}`])

describe.each(Object.entries(WALKED))('cycles, found in %s,', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const ask = async (args: LineageCyclesQueryVariables = {}) =>
    (await server.query(LineageCyclesDocument, args)).lineageCycles

  async function pagesOf(args: LineageCyclesQueryVariables): Promise<Answer[]> {
    const pages = [await ask(args)]
    for (;;) {
      const after = pages.at(-1)?.completeness.nextCursor
      if (after == null) return pages
      pages.push(await ask({ ...args, after }))
    }
  }

  test('are what leads back to itself, with all that it leads back over', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        await recordNamedGraph(server, graph)
        for (const [{ scope, namespace }, { lineageCycles: whole }] of await queryEach(
          server,
          LineageCyclesDocument,
          EVERYWHERE,
          (args) => args,
        )) {
          const edges = scope === 'ALL' ? [...graph.current, ...graph.former] : graph.current
          const wanted = cyclesOf(edges, namespace)
          expect(shown(whole)).toEqual(wanted)
          expect(whole.total).toBe(wanted.length)
          expect(whole.completeness).toEqual({ complete: true, stoppedBy: [], nextCursor: null })
          if (wanted.length < 2) continue
          const pages = await pagesOf({ scope, namespace, first: 1 })
          expect(pages.flatMap(shown)).toEqual(wanted)
          expect(pages.map(({ total }) => total)).toEqual(wanted.map(() => wanted.length))
          expect(pages[0]?.completeness).toMatchObject({ complete: false, stoppedBy: ['NODE_LIMIT'] })
          expect(pages.at(-1)?.completeness.complete).toBe(true)
        }
      }),
      { numRuns: 60, endOnFailure: true },
    )
  }, 120_000)

  test('are cut at a thousand assets, which is said, and counted all the same', async () => {
    await clear(server)
    await seedGraph(server, [...ringOf('a', 1_000), ...ringOf('b', 1_001), ['c', 'c'], ['c', 'd']])
    const { cycles, total, completeness } = await ask()
    expect(cycles.map(({ assets, edges, ...counts }) => [assets.length, edges.length, counts.isCut])).toEqual(
      [
        [1_000, 1_000, false],
        [1_000, 1_001, true],
        [1, 1, false],
      ],
    )
    expect(cycles.map(({ assetCount, edgeCount }) => [assetCount, edgeCount])).toEqual([
      [1_000, 1_000],
      [1_001, 1_001],
      [1, 1],
    ])
    expect(total).toBe(3)
    expect(completeness).toEqual({ complete: false, stoppedBy: ['NODE_LIMIT'], nextCursor: null })
  })

  test('come with when their edges were seen, in no more statements for many than for few', async () => {
    const FIELDS = '{ cycles { assetCount edges { lastSeenAt isCurrent } } completeness { nextCursor } }'
    const statements = (args: string) =>
      server.statementsOf(() => server.query<object, undefined>(`{ lineageCycles${args} ${FIELDS} }`))
    const one = await statements('(first: 1)')
    expect(await statements('(first: 3)')).toHaveLength(one.length)
  })

  test('of a page fill no more than ten thousand assets', async () => {
    await clear(server)
    await seedGraph(server, Array.from({ length: 13 }, (_, at) => ringOf(`ring ${at + 10}`, 900)).flat())
    const pages = await pagesOf({ first: 1_000 })
    expect(pages.map(({ cycles }) => cycles.length)).toEqual([11, 2])
    expect(pages.map(({ total }) => total)).toEqual([13, 13])
  })

  test('of a namespace that nobody has are none; what breaks a bound is refused', async () => {
    expect(await ask({ namespace: 'nobody' })).toMatchObject({ cycles: [], total: 0 })
    for (const [args, field] of [
      [{ first: 0 }, 'first'],
      [{ namespace: '' }, 'namespace'],
      [{ after: 'x' }, 'after'],
    ] as const) {
      const { errors } = await server.ask(LineageCyclesDocument, args)
      expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field })
    }
  })

  test('show what has been recorded by a watermark', async () => {
    const { watermark } = await record(server, { assets: [{ key: 'own' }], upstream: [{ key: 'own' }] })
    expect((await ask({ atLeast: watermark })).total).toBe(14)
  })
})

test('where time is over before all are found, none is listed, and that is said', async () => {
  await using server = await startTestServer({
    variables: { ...WALKED.PostgreSQL, HEADWATER_WALK_TIMEOUT_MS: '1' },
  })
  await seedGraph(server, ringOf('ring', 12_000))
  for (const scope of ['ALL', 'CURRENT'] as const) {
    const { lineageCycles } = await server.query(LineageCyclesDocument, { scope })
    expect(lineageCycles).toMatchObject({
      cycles: [],
      total: null,
      completeness: { complete: false, stoppedBy: ['TIME_LIMIT'], nextCursor: null },
    })
  }
})
