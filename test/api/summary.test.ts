import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  LineageSummaryDocument,
  type LineageSummaryQuery,
  type LineageSummaryQueryVariables,
} from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { seedGraph } from '../harness/graph.js'
import { KEYS, nameAt, randomGraph, recordNamedGraph } from '../harness/random-graphs.js'
import { record } from '../harness/recordings.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { queryEach } from '../harness/together.js'

type Summary = LineageSummaryQuery['lineageSummary']

const places = fc.subarray(KEYS.map((_, place) => place))
const filters = fc.record({
  traverse: fc.option(places, { freq: 2 }),
  show: fc.option(places, { freq: 2 }),
  stopAt: fc.option(places, { freq: 2 }),
})
const keysOf = (some: readonly number[] | null) => some && { keys: some.map((place) => KEYS[place] ?? '') }

const walks = fc.record({
  root: fc.nat(KEYS.length - 1).map(nameAt),
  direction: fc.constantFrom('UPSTREAM' as const, 'DOWNSTREAM' as const, 'BOTH' as const),
  depth: fc.option(fc.nat(3)),
  scope: fc.constantFrom('ALL' as const, 'CURRENT' as const),
  filter: fc.option(
    filters.map(({ traverse, show, stopAt }) => ({
      traverse: keysOf(traverse),
      show: keysOf(show),
      stopAt: keysOf(stopAt),
    })),
  ),
  ends: fc.constantFrom(null, null, 'ROOTS' as const, 'LEAVES' as const),
  asOf: fc.constantFrom(null, '2026-01-01T12:00:00Z', '2026-01-03T00:00:00Z'),
})

const BOTH = `query ($root: AssetRef!, $direction: LineageDirection!, $depth: Int, $scope: EdgeScope,
    $filter: LineageFilter, $ends: LineageEnds, $asOf: DateTime) {
  lineage(root: $root, direction: $direction, depth: $depth, scope: $scope, filter: $filter, ends: $ends,
    asOf: $asOf, limit: 10000) {
    root { key } nodes { distance asset { namespace kind } } completeness { complete stoppedBy nextCursor } }
  lineageSummary(root: $root, direction: $direction, depth: $depth, scope: $scope, filter: $filter, ends: $ends,
    asOf: $asOf) {
    root { key } nodeCount byDistance { distance assetCount } byKind { kind assetCount }
    byNamespace { namespace assetCount } completeness { complete stoppedBy nextCursor } } }`

interface Answers {
  lineage: {
    root: object
    nodes: { distance: number; asset: { namespace: string; kind: string } }[]
    completeness: object
  }
  lineageSummary: Summary
}

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** How often each name comes, the most frequent first, then by code point. */
function counted(names: readonly string[]): [string, number][] {
  return [...new Set(names)]
    .map((name): [string, number] => [name, names.filter((one) => one === name).length])
    .sort(([a, many], [b, others]) => others - many || compareBytes(a, b))
}

const sumOf = (entries: readonly { assetCount: number }[] = []) =>
  entries.reduce((sum, { assetCount }) => sum + assetCount, 0)

describe.each(Object.entries(WALKED))('summing up walks over %s', (_name, variables) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ variables })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const summary = async (args: LineageSummaryQueryVariables) =>
    (await server.query(LineageSummaryDocument, args)).lineageSummary

  test('says what the same walk has, by distance, kind and namespace', async () => {
    const several = fc.array(walks, { minLength: 25, maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(randomGraph, several, async (graph, all) => {
        await recordNamedGraph(server, graph)
        const answered = await queryEach<object, Answers, object>(server, BOTH, all, (args) => args)
        for (const [, { lineage, lineageSummary }] of answered) {
          const { root, nodes, completeness } = lineage
          const distances = [...new Set(nodes.map(({ distance }) => distance))]
          expect(lineageSummary).toEqual({
            root,
            nodeCount: nodes.length,
            byDistance: distances.map((distance) => ({
              distance,
              assetCount: nodes.filter((node) => node.distance === distance).length,
            })),
            byKind: counted(nodes.map(({ asset }) => asset.kind)).map(([kind, assetCount]) => ({
              kind,
              assetCount,
            })),
            byNamespace: counted(nodes.map(({ asset }) => asset.namespace)).map(
              ([namespace, assetCount]) => ({ namespace, assetCount }),
            ),
            completeness,
          })
        }
      }),
      { numRuns: 20, endOnFailure: true },
    )
  }, 120_000)

  test('names a thousand kinds and distances, and counts all others together', async () => {
    await clear(server)
    const chain = Array.from({ length: 1_500 }, (_, at) => [`link/${at}`, `link/${at + 1}`] as const)
    await seedGraph(server, chain)
    for (const from of [0, 600])
      await record(server, {
        assets: Array.from({ length: 600 }, (_, at) => ({ key: `kind/${from + at}`, kind: `k${from + at}` })),
        upstream: [{ key: 'link/0' }],
      })
    const { nodeCount, byDistance, byKind, byNamespace, completeness } = await summary({
      root: { key: 'link/0' },
      direction: 'DOWNSTREAM',
    })
    expect(nodeCount).toBe(1_501 + 1_200)
    expect(byDistance).toHaveLength(1_001)
    expect(byDistance[1]).toEqual({ distance: 1, assetCount: 1_201 })
    expect(byDistance.at(-1)).toEqual({ distance: null, assetCount: 1_501 - 1_000 })
    expect(byKind).toHaveLength(1_001)
    expect(byKind[0]).toEqual({ kind: 'json', assetCount: 1_501 })
    expect(byKind[1]).toEqual({ kind: 'k0', assetCount: 1 })
    expect(byKind.at(-1)).toEqual({ kind: null, assetCount: 201 })
    expect(byNamespace).toEqual([{ namespace: 'default', assetCount: nodeCount }])
    expect(completeness).toEqual({ complete: true, stoppedBy: [], nextCursor: null })
  })

  test('asks for the rows of all assets only where kinds or namespaces are asked for', async () => {
    const ask = (fields: string) => () =>
      server.query<object, undefined>(
        `{ lineageSummary(root: { key: "link/0" }, direction: DOWNSTREAM) { ${fields} } }`,
      )
    const isTally = (text: string) => /"assetCount"/.test(text)
    expect((await server.statementsOf(ask('nodeCount byDistance { assetCount }'))).filter(isTally)).toEqual(
      [],
    )
    expect(
      (await server.statementsOf(ask('byKind { kind } byNamespace { namespace }'))).filter(isTally),
    ).toHaveLength(1)
  })

  test('of an asset that is not recorded is an error', async () => {
    const { errors } = await server.ask(LineageSummaryDocument, {
      root: { key: 'nobody' },
      direction: 'BOTH',
    })
    expect(errors[0]?.extensions).toMatchObject({ code: 'ASSET_NOT_FOUND', field: 'root' })
    const bad = await server.ask(LineageSummaryDocument, { root: { key: 'a' }, direction: 'BOTH', depth: -1 })
    expect(bad.errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'depth' })
  })
})

test('where time is over it says so, and its counts still add up', async () => {
  await using server = await startTestServer({
    variables: { ...WALKED.PostgreSQL, HEADWATER_WALK_TIMEOUT_MS: '1' },
  })
  await seedGraph(
    server,
    Array.from({ length: 1_500 }, (_, at) => [`link/${at}`, `link/${at + 1}`] as const),
  )
  // Ring by ring, each of them a round trip.
  const { lineageSummary } = await server.query(LineageSummaryDocument, {
    root: { key: 'link/0' },
    direction: 'DOWNSTREAM',
    scope: 'CURRENT',
  })
  const { nodeCount, byDistance, byKind, byNamespace, completeness } = lineageSummary
  expect(completeness).toEqual({ complete: false, stoppedBy: ['TIME_LIMIT'], nextCursor: null })
  expect(nodeCount).toBeLessThan(1_500)
  for (const entries of [byDistance, byKind, byNamespace]) expect(sumOf(entries)).toBe(nodeCount)
})
