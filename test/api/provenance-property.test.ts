import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { toGlobalId } from '../../resolvers/node/global-id.js'
import { history } from '../harness/histories.js'
import {
  edgesBetween,
  nodesAt,
  type ProvenanceAnswer,
  provenance,
  provenanceOn,
} from '../harness/provenance.js'
import { minute, type Run, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server[Symbol.asyncDispose]())

type Direction = 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH'

interface Made {
  assetId: string
  key: string
  id: string
  version: string | null
  dagId: string | null
  partitionKey: string | null
  /** In ms. */
  at: number
  inputs: Named[]
}

interface Named {
  upstreamId: string
  version: string | null
  partitionKey: string | null
}

/** The rules of inputs and of walks as docs/concepts.md has them, over a plain list, by brute force. */
class Model {
  /** `upstream>downstream` for each pair, with how it became known. */
  private readonly edges = new Map<string, 'REPORTED' | 'INFERRED'>()
  private readonly unresolved = new Map<string, number>()

  constructor(private readonly made: readonly Made[]) {
    for (const one of made) {
      const used = one.inputs.map((input) => ({ input, upstream: this.resolve(one, input) }))
      this.unresolved.set(idOf(one), used.filter(({ upstream }) => upstream === undefined).length)
      for (const { input, upstream } of used) {
        if (upstream === undefined) continue
        const name = `${idOf(upstream)}>${idOf(one)}`
        const isReported = input.version !== null || this.edges.get(name) === 'REPORTED'
        this.edges.set(name, isReported ? 'REPORTED' : 'INFERRED')
      }
    }
  }

  private resolve(downstream: Made, { upstreamId, version, partitionKey }: Named): Made | undefined {
    const fitting = this.made
      .filter((one) => one.assetId === upstreamId && one !== downstream)
      .filter((one) => version === null || one.version === version)
      .filter((one) => partitionKey === null || one.partitionKey === partitionKey)
      .toSorted(byAge)
    const isBefore = (one: Made) =>
      one.assetId === downstream.assetId ? byAge(one, downstream) < 0 : one.at <= downstream.at
    const before = fitting.filter(isBefore)
    const ofRun = before.filter(({ dagId }) => dagId !== null && dagId === downstream.dagId)
    const after = version === null ? [] : fitting.filter((one) => !isBefore(one))
    return ofRun.at(-1) ?? before.at(-1) ?? after[0]
  }

  /** The neighbours one way, by global id. */
  private neighbours(id: string, way: Direction): string[] {
    return [...this.edges.keys()].flatMap((name) => {
      const [upstream = '', downstream = ''] = name.split('>')
      if (way === 'UPSTREAM') return downstream === id ? [upstream] : []
      return upstream === id ? [downstream] : []
    })
  }

  private distances(root: string, direction: Direction, depth: number | null): Map<string, number> {
    if (direction === 'BOTH') {
      const both = this.distances(root, 'UPSTREAM', depth)
      for (const [id, distance] of this.distances(root, 'DOWNSTREAM', depth))
        both.set(id, Math.min(distance, both.get(id) ?? distance))
      return both
    }
    const distances = new Map([[root, 0]])
    for (const [id, distance] of distances) {
      if (depth !== null && distance >= depth) continue
      for (const far of this.neighbours(id, direction))
        if (!distances.has(far)) distances.set(far, distance + 1)
    }
    return distances
  }

  walk(root: string, direction: Direction, depth: number | null) {
    const distances = this.distances(root, direction, depth)
    const nodes = this.made
      .filter((one) => distances.has(idOf(one)))
      .map((one) => ({ one, distance: distances.get(idOf(one)) ?? 0 }))
      .toSorted((a, b) => a.distance - b.distance || compare(a.one.key, b.one.key) || byAge(a.one, b.one))
    const isWhole = this.distances(root, direction, null).size === distances.size
    return {
      nodes: nodes.map(({ one, distance }) => `${idOf(one)}@${distance}`),
      unresolvedInputs: nodes.map(({ one }) => this.unresolved.get(idOf(one))),
      edges: [...this.edges]
        .filter(([name]) => name.split('>').every((end) => distances.has(end)))
        .map(([name, resolution]) => `${name} ${resolution}`)
        .toSorted(),
      completeness: { complete: isWhole, stoppedBy: isWhole ? [] : ['DEPTH'], nextCursor: null },
    }
  }
}

const idOf = ({ assetId, id }: Made) => toGlobalId('Materialization', assetId, id)
const compare = (a: string, b: string) => Number(a > b) - Number(a < b)
/** Ids are in the order of their text. */
const byAge = (a: Made, b: Made) => a.at - b.at || compare(a.id, b.id)

function shown(answer: ProvenanceAnswer) {
  return {
    nodes: nodesAt(answer),
    unresolvedInputs: answer.nodes.map(({ unresolvedInputs }) => unresolvedInputs),
    edges: edgesBetween(answer.edges).toSorted(),
    completeness: answer.completeness,
  }
}

/** Whether these edges, as `upstream>downstream …`, have a cycle: none where all nodes can be taken off in turn. */
function hasCycle(edges: readonly string[]): boolean {
  let left = edges.map((edge) => edge.split(/[> ]/))
  for (;;) {
    const made = new Set(left.map(([, downstream]) => downstream))
    const further = left.filter(([upstream]) => made.has(upstream))
    if (further.length === left.length) return left.length > 0
    left = further
  }
}

/** The same history apart from all others, so that many share a database. */
function inNamespace(namespace: string, log: readonly Run[]): Run[] {
  const put = <Named extends object>(named: readonly Named[]) => named.map((one) => ({ ...one, namespace }))
  return log.map(({ assets, upstream, idempotencyKey, ...run }) => ({
    ...run,
    ...(idempotencyKey == null ? {} : { idempotencyKey: `${namespace} ${idempotencyKey}` }),
    assets: put(assets).map((one) => ({
      ...one,
      ...(one.upstream == null ? {} : { upstream: put(one.upstream) }),
    })),
    ...(upstream == null ? {} : { upstream: put(upstream) }),
  }))
}

async function readMade(namespace: string): Promise<Made[]> {
  const { sql } = server.database
  const made = await sql<Omit<Made, 'inputs'>>(
    `SELECT m.asset_id AS "assetId", a.key, m.id, m.version, m.dag_id AS "dagId", m.partition_key AS "partitionKey",
       extract(epoch FROM m.materialized_at)::float8 * 1000 AS at
     FROM materialization m JOIN asset a ON a.id = m.asset_id WHERE a.namespace = $1`,
    [namespace],
  )
  const inputs = await sql<Named & { id: string }>(
    `SELECT i.materialization_id AS id, i.upstream_id AS "upstreamId", i.version, i.partition_key AS "partitionKey"
     FROM materialization_input i JOIN asset a ON a.id = i.asset_id WHERE a.namespace = $1 ORDER BY i.position`,
    [namespace],
  )
  return made.map((one) => ({ ...one, inputs: inputs.filter(({ id }) => id === one.id) }))
}

const walk = fc.record({
  root: fc.nat(),
  direction: fc.constantFrom<Direction>('UPSTREAM', 'DOWNSTREAM', 'BOTH'),
  depth: fc.option(fc.nat(3), { freq: 2 }),
})
const walks = fc.array(walk, { minLength: 10, maxLength: 10 })
const limits = fc.integer({ min: 1, max: 4 })

test('a walk is what the rules say, whatever was recorded; and cut anywhere and continued it is the same', async () => {
  let cases = 0
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(history, walks, limits, async (log, [cut, ...uncut], limit) => {
      const namespace = `case-${cases++}`
      await recordBatch(server, inNamespace(namespace, log))
      const made = (await readMade(namespace)).toSorted(byAge)
      const model = new Model(made)
      const ids = made.map(idOf)
      const idAt = (place: number) => ids[place % ids.length] ?? ''

      const [first] = await Promise.all(
        [cut, ...uncut]
          .flatMap((one) => one ?? [])
          .map(async ({ root, direction, depth }) => {
            const answer = await provenance(server, idAt(root), { direction, depth })
            expect(shown(answer)).toEqual(model.walk(idAt(root), direction, depth))
            const [edges, backEdges] = [edgesBetween(answer.edges), edgesBetween(answer.backEdges)]
            expect(hasCycle(edges.filter((edge) => !backEdges.includes(edge)))).toBe(false)
            expect(hasCycle(edges)).toBe(backEdges.length > 0)
            for (const what of peculiarities(answer)) seen.add(what)
            return answer
          }),
      )
      if (cut === undefined || first === undefined) return
      const { root, direction, depth } = cut
      const pages = await provenanceOn(server, idAt(root), { direction, depth, limit })
      if (pages.length > 2) seen.add('many pages')
      expect(pages.flatMap(nodesAt)).toEqual(nodesAt(first))
      expect(pages.flatMap((page) => edgesBetween(page.edges))).toEqual(edgesBetween(first.edges))
      expect(pages.flatMap((page) => edgesBetween(page.backEdges))).toEqual(edgesBetween(first.backEdges))
      expect(pages.at(-1)?.completeness).toEqual(first.completeness)
    }),
    {
      numRuns: 100,
      interruptAfterTimeLimit: 200_000,
      markInterruptAsFailure: true,
      // What comes by seldom.
      examples: [[LONG_CHAIN, FROM_ITS_END, 1]],
    },
  )
  expect([...seen].toSorted()).toEqual(['both resolutions', 'cycle', 'far', 'many pages', 'unresolved'])
}, 220_000)

/** Each made from the one before. */
const LONG_CHAIN: Run[] = Array.from({ length: 6 }, (_, at) => ({
  jobId: `run ${at}`,
  materializedAt: minute(at),
  idempotencyKey: `key ${at}`,
  assets: [{ key: `c/${at}`, upstream: at === 0 ? [] : [{ key: `c/${at - 1}` }] }],
}))
const FROM_ITS_END = [{ root: 5, direction: 'UPSTREAM' as const, depth: null }]

/** What random walks must come by now and then, or they would show little. */
function peculiarities({ nodes, edges, backEdges }: ProvenanceAnswer): string[] {
  const what: string[] = []
  if (backEdges.length > 0) what.push('cycle')
  if (nodes.some(({ distance }) => distance > 4)) what.push('far')
  if (nodes.some(({ unresolvedInputs }) => unresolvedInputs > 1)) what.push('unresolved')
  if (new Set(edges.map(({ resolution }) => resolution)).size === 2) what.push('both resolutions')
  return what
}
