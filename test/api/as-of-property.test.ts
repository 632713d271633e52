import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { LineageDiffDocument } from '../../schema/operations.generated.js'
import { clear } from '../harness/dump.js'
import { history } from '../harness/histories.js'
import { compareKeys } from '../harness/random-graphs.js'
import { minute, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'
import { queryEach } from '../harness/together.js'

type Direction = 'UPSTREAM' | 'DOWNSTREAM' | 'BOTH'
type Scope = 'ALL' | 'CURRENT'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** What is recorded, newest first: all that the model knows. */
interface Made {
  key: string
  partitionKey: string | null
  at: string
  upstreams: string[]
}

async function log(): Promise<Made[]> {
  const { materializations } = await server.query<
    {
      materializations: {
        nodes: {
          asset: { key: string }
          partitionKey: string | null
          materializedAt: string
          inputs: { asset: { key: string } }[]
        }[]
      }
    },
    never
  >(
    '{ materializations(first: 1000) { nodes { asset { key } partitionKey materializedAt inputs { asset { key } } } } }',
  )
  return materializations.nodes.map(({ asset: { key }, partitionKey, materializedAt, inputs }) => ({
    key,
    partitionKey,
    at: materializedAt,
    upstreams: inputs.map(({ asset }) => asset.key),
  }))
}

/** The edges at a time: the log replayed up to it. */
function edgesAt(made: readonly Made[], time: string, scope: Scope): Set<string> {
  const taken = new Set<string>()
  const counting = made
    .filter(({ at }) => at <= time)
    .filter(({ key, partitionKey }) => {
      const slice = JSON.stringify([key, partitionKey])
      if (scope === 'CURRENT' && taken.has(slice)) return false
      taken.add(slice)
      return true
    })
  return new Set(counting.flatMap(({ key, upstreams }) => upstreams.map((upstream) => `${upstream}>${key}`)))
}

function isKnownAt(made: readonly Made[], time: string, key: string): boolean {
  return made.some(({ at, key: own, upstreams }) => at <= time && (own === key || upstreams.includes(key)))
}

/** The keys that a plain breadth-first search comes to, with their distances. */
function reached(edges: ReadonlySet<string>, root: string, direction: Direction, depth: number | null) {
  const distances = new Map([[root, 0]])
  for (const way of direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction]) {
    const own = new Map([[root, 0]])
    for (const [node, distance] of own) {
      if (depth !== null && distance >= depth) continue
      for (const edge of edges) {
        const [up = '', down = ''] = edge.split('>')
        const [near, far] = way === 'UPSTREAM' ? [down, up] : [up, down]
        if (near === node && !own.has(far)) own.set(far, distance + 1)
      }
    }
    for (const [key, distance] of own) distances.set(key, Math.min(distance, distances.get(key) ?? distance))
  }
  const among = [...edges].filter((edge) => edge.split('>').every((key) => distances.has(key)))
  return { distances, edges: among }
}

const WALK = `query ($root: AssetRef!, $direction: LineageDirection!, $depth: Int, $scope: EdgeScope, $asOf: DateTime) {
  lineage(root: $root, direction: $direction, depth: $depth, scope: $scope, asOf: $asOf) {
    nodes { asset { key } distance hiddenUpstream hiddenDownstream }
    edges { upstream { key } downstream { key } isCurrent firstSeenAt lastSeenAt materializationCount viaCount }
    backEdges { upstream { key } downstream { key } }
    completeness { complete stoppedBy nextCursor }
  }
}`

interface Answer {
  lineage: {
    nodes: { asset: { key: string }; distance: number; hiddenUpstream: number; hiddenDownstream: number }[]
    edges: {
      upstream: { key: string }
      downstream: { key: string }
      isCurrent: boolean
      firstSeenAt: string
      lastSeenAt: string
      materializationCount: number | string
    }[]
    completeness: { complete: boolean }
  }
}

const KEYS = ['a', 'b', 'c', 'd', 'e/text', 'f/table']
const roots = fc.constantFrom(...KEYS)
const directions = fc.constantFrom<Direction>('UPSTREAM', 'DOWNSTREAM', 'BOTH')
const scopes = fc.constantFrom<Scope>('ALL', 'CURRENT')
/** On the minutes at which things are made, and between them. */
const times = fc.nat({ max: 25 }).map((half) => minute(half / 2))
/** Without storage events, whose repeats take back what was: of that the log says nothing. */
const histories = history.map((runs) => runs.map(({ storageEventId: _, ...run }) => run))

describe('as of a time', () => {
  test('a walk is that over what had been made by then', async () => {
    const walks = fc.array(fc.tuple(roots, times, directions, scopes, fc.option(fc.nat(2))), {
      minLength: 20,
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(histories, walks, async (runs, all) => {
        await clear(server)
        await recordBatch(server, runs)
        const made = await log()
        type Asked = (typeof all)[number]
        const isKnown = ([key, asOf]: Asked) => isKnownAt(made, asOf, key)
        const variablesOf = ([key, asOf, direction, scope, depth]: Asked) => ({
          root: { key },
          direction,
          depth,
          scope,
          asOf,
        })
        for (const one of all.filter((asked) => !isKnown(asked))) {
          const { errors } = await server.ask(WALK, variablesOf(one))
          expect(errors[0]?.extensions.code).toBe('ASSET_NOT_FOUND')
        }
        const answered = await queryEach<Asked, Answer, object>(
          server,
          WALK,
          all.filter(isKnown),
          variablesOf,
        )
        for (const [[key, asOf, direction, scope, depth], { lineage: answer }] of answered) {
          const edges = edgesAt(made, asOf, scope)
          const current = edgesAt(made, asOf, 'CURRENT')
          const wanted = reached(edges, key, direction, depth)
          const sightings = (edge: string) => {
            const [up = '', down] = edge.split('>')
            const times = made
              .filter((one) => one.at <= asOf && one.key === down && one.upstreams.includes(up))
              .map(({ at }) => at)
            return [times.at(-1), times[0], times.length]
          }
          const hidden = (node: string, side: 0 | 1) =>
            [...edges].filter((edge) => edge.split('>')[side] === node && !wanted.edges.includes(edge)).length
          expect({
            nodes: answer.nodes.map((node) => [
              node.asset.key,
              node.distance,
              node.hiddenUpstream,
              node.hiddenDownstream,
            ]),
            edges: answer.edges
              .map((edge) => [
                `${edge.upstream.key}>${edge.downstream.key}`,
                edge.isCurrent,
                edge.firstSeenAt,
                edge.lastSeenAt,
                Number(edge.materializationCount),
              ])
              .sort(),
            complete: answer.completeness.complete,
          }).toEqual({
            nodes: [...wanted.distances]
              .sort(([a, near], [b, far]) => near - far || compareKeys(a, b))
              .map(([node, distance]) => [node, distance, hidden(node, 1), hidden(node, 0)]),
            edges: wanted.edges.map((edge) => [edge, current.has(edge), ...sightings(edge)]).sort(),
            complete: reached(edges, key, direction, null).distances.size === wanted.distances.size,
          })
        }
      }),
      { numRuns: 50 },
    )
  }, 120_000)

  test('as of a time when all has been made, a walk is the walk', async () => {
    await fc.assert(
      fc.asyncProperty(history, roots, directions, scopes, async (runs, key, direction, scope) => {
        await clear(server)
        await recordBatch(server, runs)
        const root = { key }
        const now = await server.ask(WALK, { root, direction, scope })
        const then = await server.ask(WALK, { root, direction, scope, asOf: '2100-01-01T00:00:00Z' })
        expect(then.data).toEqual(now.data)
      }),
      { numRuns: 50 },
    )
  }, 120_000)
})

describe('the difference between two times', () => {
  test('is what the one lineage has and the other has not', async () => {
    const diffs = fc.array(fc.tuple(roots, times, times, directions, scopes, fc.option(fc.nat(2))), {
      minLength: 20,
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(histories, diffs, async (runs, all) => {
        await clear(server)
        await recordBatch(server, runs)
        const made = await log()
        const asked = all.map(([key, one, other, direction, scope, depth]) => {
          const [from, to] = one <= other ? [one, other] : [other, one]
          return { root: { key }, direction, depth, from, to, scope }
        })
        const isKnown = ({ root, to }: (typeof asked)[number]) => isKnownAt(made, to, root.key)
        for (const one of asked.filter((variables) => !isKnown(variables))) {
          const { errors } = await server.ask(LineageDiffDocument, one)
          expect(errors[0]?.extensions.code).toBe('ASSET_NOT_FOUND')
        }
        const known = asked.filter(isKnown)
        const answered = await queryEach(server, LineageDiffDocument, known, (variables) => variables)
        for (const [{ root, direction, scope, depth, from, to }, { lineageDiff: answer }] of answered) {
          const { key } = root
          const at = (time: string) =>
            isKnownAt(made, time, key)
              ? reached(edgesAt(made, time, scope), key, direction, depth)
              : { distances: new Map<string, number>(), edges: [] }
          const [before, after] = [at(from), at(to)]
          const nodesOf = (side: typeof before) => [...side.distances.keys()]
          const minus = (these: string[], those: string[]) =>
            these.filter((name) => !those.includes(name)).sort(compareKeys)
          const names = (edges: { upstream: { key: string }; downstream: { key: string } }[]) =>
            edges.map(({ upstream, downstream }) => `${upstream.key}>${downstream.key}`)
          const isInOrder = names(answer.addedEdges).map((name) => name.split('>').toReversed().join(' '))
          expect(isInOrder).toEqual(isInOrder.toSorted(compareKeys))
          expect({
            addedNodes: answer.addedNodes.map((asset) => asset.key),
            removedNodes: answer.removedNodes.map((asset) => asset.key),
            addedEdges: names(answer.addedEdges).sort(compareKeys),
            removedEdges: names(answer.removedEdges).sort(compareKeys),
            unchanged: [answer.unchangedNodeCount, answer.unchangedEdgeCount],
            counts: [
              answer.addedNodeCount,
              answer.removedNodeCount,
              answer.addedEdgeCount,
              answer.removedEdgeCount,
            ],
          }).toEqual({
            addedNodes: minus(nodesOf(after), nodesOf(before)),
            removedNodes: minus(nodesOf(before), nodesOf(after)),
            addedEdges: minus(after.edges, before.edges),
            removedEdges: minus(before.edges, after.edges),
            unchanged: [
              nodesOf(after).filter((name) => before.distances.has(name)).length,
              after.edges.filter((edge) => before.edges.includes(edge)).length,
            ],
            counts: [
              answer.addedNodes.length,
              answer.removedNodes.length,
              answer.addedEdges.length,
              answer.removedEdges.length,
            ],
          })
          if (from === to) expect([answer.addedEdgeCount, answer.removedEdgeCount]).toEqual([0, 0])
        }
      }),
      { numRuns: 50 },
    )
  }, 120_000)
})
