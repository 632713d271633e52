import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../harness/database.js'
import { type KeyedEdge, seedGraph } from '../harness/graph.js'
import { startTestServer, type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, walk, walkOn } from '../harness/walks.js'

// Seeding graphs of this size takes its time where cores are few.
jest.setTimeout(240_000)

const COMPLETE = { complete: true, stoppedBy: [], nextCursor: null }

function chain(length: number): KeyedEdge[] {
  return Array.from({ length }, (_, at) => [`chain/${at}`, `chain/${at + 1}`] as const)
}

interface KeysAnswer {
  nodes: { asset: { key: string } }[]
  completeness: { complete: boolean; stoppedBy: string[]; nextCursor: string | null }
}

/** All downstream of an asset, by their keys alone: edges and counts of very many take most of the time. */
async function keysOn(server: TestServer, root: string): Promise<KeysAnswer[]> {
  const pages: KeysAnswer[] = []
  for (let after: string | null = null; ; ) {
    const { lineage }: { lineage: KeysAnswer } = await server.query<{ lineage: KeysAnswer }, object>(
      `query ($root: AssetRef!, $after: String) {
        lineage(root: $root, direction: DOWNSTREAM, limit: 10000, after: $after) {
          nodes { asset { key } } completeness { complete stoppedBy nextCursor } } }`,
      { root: { key: root }, after },
    )
    pages.push(lineage)
    after = lineage.completeness.nextCursor
    if (after === null) return pages
  }
}

const STAR = 50_000
const RINGS = [1, 2, 500]
const ringAt = (size: number, at: number) => `ring of ${size}/${String(at % size).padStart(3, '0')}`

const SHAPES: KeyedEdge[] = [
  ...chain(9_999),
  ...Array.from({ length: STAR }, (_, at) => ['hub', `ray/${String(at).padStart(5, '0')}`] as const),
  ...Array.from({ length: 60 }, (_, at): KeyedEdge[] => [
    [`knot/${at}`, `left/${at}`],
    [`knot/${at}`, `right/${at}`],
    [`left/${at}`, `knot/${at + 1}`],
    [`right/${at}`, `knot/${at + 1}`],
  ]).flat(),
  ...RINGS.flatMap((size) =>
    Array.from({ length: size }, (_, at) => [ringAt(size, at), ringAt(size, at + 1)] as const),
  ),
]

/** Of all shapes, which know nothing of each other. */
let shapes: TestDatabase
beforeAll(async () => {
  shapes = await createTestDatabase()
  await using server = await startTestServer({ database: shapes })
  await seedGraph(server, SHAPES)
})
afterAll(async () => {
  await shapes[Symbol.asyncDispose]()
})

describe.each(Object.entries(WALKED))('walking %s,', (_name, variables) => {
  test('a walk that takes too long answers with what it has, and goes on from there', async () => {
    await using server = await startTestServer({
      variables: { ...variables, HEADWATER_WALK_TIMEOUT_MS: '1' },
    })
    await seedGraph(server, chain(5_000))
    const args = { direction: 'DOWNSTREAM', scope: 'CURRENT', limit: 10_000 } as const
    const pages = await walkOn(server, 'chain/0', args)
    const reached = pages.flatMap(({ nodes }) => nodes.map(({ distance }) => distance))
    expect(reached).toEqual([...reached.keys()])
    expect(reached.length).toBeLessThan(5_001)
    for (const { completeness } of pages)
      expect(completeness).toMatchObject({ complete: false, stoppedBy: ['TIME_LIMIT'] })
  })

  describe('a walk stands', () => {
    let server: TestServer
    beforeAll(async () => {
      // A statement a hop may take longer than walks are given.
      const patient = { ...variables, HEADWATER_WALK_TIMEOUT_MS: '600000' }
      server = await startTestServer({ database: shapes, variables: patient })
    })
    afterAll(() => server[Symbol.asyncDispose]())

    test('a chain of 10,000, in both directions and scopes, in few statements', async () => {
      const statements = await server.statementsOf(async () => {
        const down = await walk(server, 'chain/0', { direction: 'DOWNSTREAM', limit: 10_000 })
        expect(down.completeness).toEqual(COMPLETE)
        expect(down.nodes.map(({ distance }) => distance)).toEqual([...Array(10_000).keys()])
        expect(down.edges).toHaveLength(9_999)
        expect(down.backEdges).toEqual([])
      })
      expect(statements.length).toBeLessThan(30)
      const both = await walk(server, 'chain/5000', { direction: 'BOTH', limit: 10_000 })
      expect(both.nodes).toHaveLength(10_000)
      expect(both.completeness).toEqual(COMPLETE)
      const current = await walk(server, 'chain/9999', {
        direction: 'UPSTREAM',
        scope: 'CURRENT',
        limit: 10_000,
      })
      expect(current.nodes.at(-1)).toMatchObject({ distance: 9_999, asset: { key: 'chain/0' } })
      const deep = await walk(server, 'chain/0', { direction: 'DOWNSTREAM', depth: 9_998, limit: 10_000 })
      expect(deep.nodes).toHaveLength(9_999)
      expect(deep.completeness).toEqual({ complete: false, stoppedBy: ['DEPTH'], nextCursor: null })
      expect(deep.nodes.at(-1)?.hiddenDownstream).toBe(1)
    })

    test('a star of 50,000, cut and continued', async () => {
      const first = await walk(server, 'hub', { direction: 'DOWNSTREAM' })
      expect(first.nodes).toHaveLength(500)
      expect(first.nodes[0]).toMatchObject({ asset: { key: 'hub' }, hiddenDownstream: STAR - 499 })
      expect(first.nodes.at(-1)?.asset.key).toBe('ray/00498')
      const pages = await walkOn(server, 'hub', { direction: 'DOWNSTREAM', limit: 10_000 })
      expect(pages.map(({ nodes }) => nodes.length)).toEqual([10_000, 10_000, 10_000, 10_000, 10_000, 1])
      expect(pages.reduce((sum, { edges }) => sum + edges.length, 0)).toBe(STAR)
      expect(pages.at(-1)?.completeness).toEqual(COMPLETE)
      const fromRay = await walk(server, 'ray/00007', { direction: 'UPSTREAM' })
      expect(fromRay.nodes.map(({ hiddenDownstream }) => hiddenDownstream)).toEqual([0, STAR - 1])
      expect(fromRay.completeness).toEqual(COMPLETE)
    })

    test('a diamond ladder of 60 rungs, which has 2^60 paths', async () => {
      for (const scope of ['ALL', 'CURRENT'] as const) {
        const down = await walk(server, 'knot/0', { direction: 'DOWNSTREAM', scope })
        expect(down.nodes).toHaveLength(181)
        expect(down.edges).toHaveLength(240)
        expect(down.nodes.at(-1)).toMatchObject({ asset: { key: 'knot/60' }, distance: 120 })
        expect(down.completeness).toEqual(COMPLETE)
        const up = await walk(server, 'knot/60', { direction: 'UPSTREAM', scope })
        expect(up.nodes.at(-1)).toMatchObject({ asset: { key: 'knot/0' }, distance: 120 })
        expect([...down.backEdges, ...up.backEdges]).toEqual([])
      }
    })

    test.each(RINGS)('a cycle of %i, flagging the one edge that closes it', async (size) => {
      const name = (at: number) => ringAt(size, at)
      for (const scope of ['ALL', 'CURRENT'] as const) {
        const down = await walk(server, name(0), { direction: 'DOWNSTREAM', scope })
        expect(down.nodes.map(({ asset }) => asset.key)).toEqual(
          Array.from({ length: size }, (_, at) => name(at)),
        )
        expect(edgeNames(down.backEdges)).toEqual([`${name(size - 1)}>${name(0)}`])
        expect(down.completeness).toEqual(COMPLETE)
        const up = await walk(server, name(0), { direction: 'UPSTREAM', scope })
        expect(edgeNames(up.backEdges)).toEqual([`${name(0)}>${name(1)}`])
        expect(down.edges).toHaveLength(size)
        const both = await walk(server, name(0), { direction: 'BOTH', scope })
        expect(both.nodes).toHaveLength(size)
        expect(both.backEdges).toHaveLength(1)
      }
    })

    // Each page of a walk on SQL costs what comes before it once more.
    const size = variables === WALKED.PostgreSQL ? 20_000 : 60_000

    test(`${size} assets reached, to the last`, async () => {
      await using large = await startTestServer({ variables })
      // Three upstreams each among the thousand before, so that every asset leads on to the rest.
      const edges = Array.from({ length: size - 1 }, (_, before): KeyedEdge[] => {
        const at = before + 1
        const upstreams = new Set([
          at - 1 - ((at * 7919) % Math.min(at, 1_000)),
          at - 1 - ((at * 104_729) % Math.min(at, 1_000)),
          (at * 31) % at,
        ])
        return [...upstreams].map((upstream) => [`n/${upstream}`, `n/${at}`] as const)
      }).flat()
      await seedGraph(large, edges)
      const pages = await keysOn(large, 'n/0')
      const keys = pages.flatMap(({ nodes }) => nodes.map(({ asset }) => asset.key))
      expect(keys.length).toBe(new Set(keys).size)
      expect(keys.length).toBe(reachable(edges, 'n/0'))
      expect(pages.at(-1)?.completeness).toEqual(COMPLETE)
    })
  })

  function reachable(edges: readonly KeyedEdge[], root: string): number {
    const next = new Map<string, string[]>()
    for (const [upstream, downstream] of edges) {
      const far = next.get(upstream) ?? []
      next.set(upstream, far)
      far.push(downstream)
    }
    const seen = new Set([root])
    for (const node of seen) for (const far of next.get(node) ?? []) seen.add(far)
    return seen.size
  }
})
