import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { asking } from '../harness/asking.js'
import { callerOf, grant, startGuardedServer, tokenFor } from '../harness/callers.js'
import { runEvent } from '../harness/lineage-events.js'
import {
  compareKeys,
  distancesFrom,
  KEYS,
  nameAt,
  type PlacedEdge,
  randomGraph,
  recordNamedGraph,
} from '../harness/random-graphs.js'
import { make, minute, record } from '../harness/recordings.js'
import { type TestServer, WALKED } from '../harness/server.js'
import { edgeNames, nodeNames, walk } from '../harness/walks.js'

const servers = {} as Record<keyof typeof WALKED, TestServer>
const WALKERS = Object.keys(WALKED) as (keyof typeof WALKED)[]

/** Who may do everything, and who may read some namespaces. */
const root = {} as typeof servers
const reader = {} as typeof servers

beforeAll(async () => {
  for (const walker of WALKERS) {
    const server = await startGuardedServer({ variables: WALKED[walker] })
    servers[walker] = server
    root[walker] = asking(server, await tokenFor(server, [grant('ADMIN')]))
    const own = grant('READ', 'default', '𝒳', 'mine', 'mine-jobs')
    reader[walker] = asking(server, await tokenFor(server, [own]))
  }
})
afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]()
})

const isVisible = (place: number) => ['default', '𝒳'].includes(nameAt(place).namespace)
const edgesVisible = (edges: readonly PlacedEdge[]) => edges.filter((edge) => edge.every(isVisible))
const neighbours = (edges: readonly PlacedEdge[], place: number, way: 'UPSTREAM' | 'DOWNSTREAM') =>
  new Set(
    edges.flatMap(([upstream, downstream]) => {
      const [near, far] = way === 'UPSTREAM' ? [downstream, upstream] : [upstream, downstream]
      return near === place ? [far] : []
    }),
  )

function compareNames(one: number, other: number): number {
  const [a, b] = [nameAt(one), nameAt(other)]
  return compareKeys(a.namespace, b.namespace) || compareKeys(a.key, b.key)
}

describe.each(WALKERS)('walked in %s', (walker) => {
  test('a walk is over what the caller sees alone, counts the rest, and says PERMISSION where it has come to it', async () => {
    const directions = fc.constantFrom('UPSTREAM' as const, 'DOWNSTREAM' as const, 'BOTH' as const)
    const visible = KEYS.map((_, place) => place).filter(isVisible)
    await fc.assert(
      fc.asyncProperty(
        randomGraph,
        fc.constantFrom(...visible),
        directions,
        fc.option(fc.nat(3)),
        fc.constantFrom('ALL' as const, 'CURRENT' as const),
        async (graph, start, direction, depth, scope) => {
          await recordNamedGraph(root[walker], graph)
          const all = [...graph.current, ...(scope === 'ALL' ? graph.former : [])]
          const edges = edgesVisible(all)
          const distances = distancesFrom(start, edges, direction, depth)
          const nodes = [...distances.keys()].sort(
            (a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || compareNames(a, b),
          )
          const hidden = (place: number, way: 'UPSTREAM' | 'DOWNSTREAM') =>
            [...neighbours(all, place, way)].filter((far) => !isVisible(far) || !distances.has(far)).length
          const ways = direction === 'BOTH' ? (['UPSTREAM', 'DOWNSTREAM'] as const) : ([direction] as const)
          /** Whether something hidden lies around what the walk has come to in so many hops. */
          const isWithheld = (hops: number | null) =>
            ways.some((way) =>
              [...distancesFrom(start, edges, way, hops).keys()].some((place) =>
                [...neighbours(all, place, way)].some((far) => !isVisible(far)),
              ),
            )

          const answer = await walk(reader[walker], nameAt(start), { direction, depth, scope })
          expect(nodeNames(answer.nodes)).toEqual(nodes.map((at) => `${KEYS[at]}@${distances.get(at)}`))
          expect(answer.nodes.map((one) => [one.hiddenUpstream, one.hiddenDownstream])).toEqual(
            nodes.map((place) => [hidden(place, 'UPSTREAM'), hidden(place, 'DOWNSTREAM')]),
          )
          const shown = edges.filter((edge) => edge.every((end) => distances.has(end)))
          expect(new Set(edgeNames(answer.edges))).toEqual(
            new Set(shown.map(([upstream, downstream]) => `${KEYS[upstream]}>${KEYS[downstream]}`)),
          )
          const { stoppedBy } = answer.completeness
          const isSaid = stoppedBy.includes('PERMISSION')
          // Whether more lies beyond the depth is looked for until something is found.
          if (!stoppedBy.includes('DEPTH')) expect(isSaid).toBe(isWithheld(depth))
          else if (depth !== null && depth > 0 && isWithheld(depth - 1)) expect(isSaid).toBe(true)
          else if (!isWithheld(depth)) expect(isSaid).toBe(false)
          expect(answer.completeness.complete).toBe(stoppedBy.length === 0)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('what is not named is counted: inputs, consumers, causes, what is touched, what is expected', async () => {
    const [admin, mine] = [root[walker], reader[walker]]
    const ours = (key: string) => ({ namespace: 'mine', key })
    const theirs = (key: string) => ({ namespace: 'theirs', key })
    const run = { dagId: 'run', nodeTaskId: 'node' }
    await record(admin, { ...run, materializedAt: minute(1), assets: [{ ...theirs('used'), version: '1' }] })
    await record(admin, {
      ...run,
      materializedAt: minute(2),
      assets: [{ ...ours('made'), version: '1' }],
      upstream: [theirs('used'), ours('own')],
    })
    await record(admin, {
      nodeTaskId: 'theirs alone',
      dagId: 'run',
      materializedAt: minute(3),
      assets: Array.from({ length: 11 }, (_, at) => theirs(`made/${at}`)),
      upstream: [ours('made')],
    })
    await record(admin, { materializedAt: minute(4), assets: [{ ...theirs('used'), version: '2' }] })
    await admin.query(
      'mutation ($input: AssetConfigInput!) { registerAssetConfig(input: $input) { nodeCount } }',
      {
        input: { nodes: [{ nodeTaskId: 'node', assets: [ours('made'), theirs('awaited')] }] },
      },
    )
    const question = `{ asset(namespace: "mine", key: "made") {
        upstream { totalCount } downstream { totalCount }
        staleness { status causes { reason } rootCauses { reason } hiddenCauses hiddenRootCauses }
        impact { directConsumers transitiveConsumers hiddenConsumers advice }
        latestMaterialization { inputs { asset { key } } hiddenInputs consumers { totalCount } hiddenConsumers } }
      nodeStatus(dagId: "run", nodeTaskId: "node") {
        expectedAssets materializedAssets requiredAssets isComplete completionPercentage missingRequiredAssets
        hiddenAssets hiddenNodes } }`
    expect(await mine.query(question)).toEqual({
      asset: {
        upstream: { totalCount: 1 },
        downstream: { totalCount: 0 },
        staleness: { status: 'STALE', causes: [], rootCauses: [], hiddenCauses: 1, hiddenRootCauses: 1 },
        impact: {
          directConsumers: 0,
          transitiveConsumers: 0,
          hiddenConsumers: 11,
          advice: 'MANY_CONSUMERS',
        },
        latestMaterialization: {
          inputs: [{ asset: { key: 'own' } }],
          hiddenInputs: 1,
          consumers: { totalCount: 0 },
          hiddenConsumers: 11,
        },
      },
      nodeStatus: {
        expectedAssets: 1,
        materializedAssets: 1,
        requiredAssets: 1,
        isComplete: false,
        completionPercentage: 100,
        missingRequiredAssets: [],
        hiddenAssets: 2,
        hiddenNodes: 1,
      },
    })
    const { asset, nodeStatus } = await admin.query<Record<string, Record<string, object>>, undefined>(
      question,
    )
    expect(asset).toMatchObject({
      upstream: { totalCount: 2 },
      staleness: { status: 'STALE', causes: [{ reason: 'UPSTREAM_CHANGED' }], hiddenCauses: 0 },
      impact: { directConsumers: 11, hiddenConsumers: 0 },
      latestMaterialization: { hiddenInputs: 0, hiddenConsumers: 0 },
    })
    expect(nodeStatus).toMatchObject({ hiddenAssets: 0, hiddenNodes: 0, missingRequiredAssets: ['awaited'] })
  })

  test('where a way leads through what may not be seen, there is none, and it is not said to be all', async () => {
    const [admin, mine] = [root[walker], reader[walker]]
    const chain = [
      ['mine', 'way/a'],
      ['theirs', 'way/b'],
      ['mine', 'way/c'],
      ['mine', 'way/d'],
    ] as const
    for (const [at, [namespace, key]] of chain.entries()) {
      const [before] = at === 0 ? [] : [chain[at - 1]]
      const upstream = before === undefined ? [] : [{ namespace: before[0], key: before[1] }]
      await record(admin, { materializedAt: minute(at), assets: [{ namespace, key }], upstream })
    }
    const answer = await mine.query(`{
      through: lineagePaths(from: { namespace: "mine", key: "way/a" }, to: { namespace: "mine", key: "way/d" }) {
        paths { length } completeness { complete stoppedBy } }
      within: lineagePaths(from: { namespace: "mine", key: "way/c" }, to: { namespace: "mine", key: "way/d" }) {
        paths { length } }
      lineageSummary(root: { namespace: "mine", key: "way/d" }, direction: UPSTREAM) {
        nodeCount byNamespace { namespace assetCount } completeness { complete stoppedBy } }
      assets(selection: "+key:\\"way/d\\"") { nodes { key } totalCount }
      unusedEdges(notSeenSince: "2100-01-01T00:00:00Z", namespace: "mine") { edges { upstream { key } downstream { key } } }
    }`)
    expect(answer).toMatchObject({
      through: { paths: [], completeness: { complete: false, stoppedBy: ['PERMISSION'] } },
      within: { paths: [{ length: 1 }] },
      lineageSummary: {
        nodeCount: 2,
        byNamespace: [{ namespace: 'mine', assetCount: 2 }],
        completeness: { complete: false, stoppedBy: ['PERMISSION'] },
      },
      assets: { nodes: [{ key: 'way/c' }, { key: 'way/d' }], totalCount: 2 },
    })
  })

  test('a run names, and counts, of what it used and made what the caller sees', async () => {
    const [admin, mine] = [root[walker], reader[walker]]
    const token = await tokenFor(servers[walker], [grant('ADMIN')])
    const data = ['mine', 'theirs'].map((namespace) => ({ namespace, name: `${namespace}/run` }))
    const event = runEvent('job', 'run', 'COMPLETE', minute(1), { inputs: data, outputs: data })
    const sent = { ...event, job: { ...event.job, namespace: 'mine-jobs' } }
    expect((await callerOf(servers[walker], token).send(sent)).status).toBe(201)
    const question = `{ run(ref: { jobNamespace: "mine-jobs", jobName: "job", runId: "run" }) {
      inputs { totalCount nodes { key } } outputs { totalCount nodes { key } }
      materializations { totalCount nodes { asset { key } } } } }`
    const one = { totalCount: 1, nodes: [{ key: 'mine/run' }] }
    expect(await mine.query(question)).toEqual({
      run: {
        inputs: one,
        outputs: one,
        materializations: { totalCount: 1, nodes: [{ asset: { key: 'mine/run' } }] },
      },
    })
    expect(await admin.query(question)).toMatchObject({
      run: { inputs: { totalCount: 2 }, outputs: { totalCount: 2 }, materializations: { totalCount: 2 } },
    })
  })

  test('whoever may read everything is asked for no more than before', async () => {
    const [admin, mine] = [root[walker], reader[walker]]
    await make(admin, 'plain', { version: '1' })
    const question =
      '{ asset(key: "plain") { key aliases { key } } searchAssets(query: "plain") { complete } }'
    // Whatever is known of tokens by then.
    for (const caller of [admin, mine]) await caller.query(question)
    const ofAll = await servers[walker].statementsOf(() => admin.query(question))
    const ofSome = await servers[walker].statementsOf(() => mine.query(question))
    expect(ofAll.filter((text) => text.includes('v.namespace'))).toEqual([])
    expect(ofSome.filter((text) => text.includes('v.namespace')).length).toBeGreaterThan(0)
  })
})
