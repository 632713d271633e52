import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { prune } from '../../src/store/prisma/prune/prune.js'
import { rebuild } from '../../src/store/prisma/rebuild/rebuild.js'
import { age } from '../harness/age.js'
import { clear, dumpRows } from '../harness/dump.js'
import { amongDatasets, anyEvents, NAMES } from '../harness/event-histories.js'
import { historyWithColumns } from '../harness/histories.js'
import { postEvents } from '../harness/lineage-events.js'
import { minute, type Run, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Of one world: some names that nothing else has, and what is recorded of them. */
const MOST_RUNS = 12
const MOST_EVENTS = 8

/**
 * So many worlds are pruned at once, by one rule, so many times: about 200 in all. Each is recorded, asked about whole before
 * and after, pruned and rebuilt, which takes 0.2 s of two cores: a thousand would take minutes, and these end after 40 s.
 */
const MOST_WORLDS = 40
const BATCHES = 10
const LONGEST_MS = 40_000

const at = () => ({
  url: server.database.url,
  connectTimeoutMs: 5_000,
  onTotal: () => undefined,
  advance: () => undefined,
})

/** Most are of no partition, and of no DAG run: so that there is much of one slice. */
const ofOneSlice = (run: Run, place: number): Run => {
  if (place % 4 === 0) return run
  const { dagId: _, partitionKey: __, ...rest } = run
  return { ...rest, assets: rest.assets.map(({ partitionKey: ___, ...asset }) => asset) }
}

interface Input {
  asset: { key: string }
  version: string | null
  partitionKey: string | null
  isPruned: boolean
  materialization: { id: string } | null
}

interface Made {
  id: string
  asset: { id: string; key: string }
  partitionKey: string | null
  materializedAt: string
  columns: object[]
  inputs: Input[]
}

interface MadePage {
  nodes: Made[]
  pageInfo: { endCursor: string | null; hasNextPage: boolean }
}

const CAUSES = 'reason upstream { key } usedVersion latestVersion'
const STALENESS = `{ status causes { ${CAUSES} } rootCauses { ${CAUSES} } }`
const EDGE = 'upstream { key } downstream { key } firstSeenAt lastSeenAt materializationCount'

/** What has to be the same whatever has been pruned: what is current, what is latest, what is stale, all edges. */
async function current() {
  const list = (way: string, scope: string) =>
    `${way}${scope}: ${way}(first: 1000, scope: ${scope}) { edges { edge { ${EDGE} } } }`
  const { assets } = await server.query<{ assets: { nodes: { id: string; key: string }[] } }, undefined>(
    `{ assets(first: 1000) { nodes { id namespace key kind description tags owners retiredAt
        columns { name type } latestMaterialization { id }
        p: latestMaterialization(partitionKey: "p") { id }
        staleness ${STALENESS} stalenessOfP: staleness(partitionKey: "p") ${STALENESS}
        ${list('upstream', 'CURRENT')} ${list('downstream', 'CURRENT')} ${list('upstream', 'ALL')} } } }`,
  )
  return assets.nodes
}

/** How everything was at some times: in every third world, around one of two assets. */
function past(worlds: number, times: readonly string[]) {
  return inTurns(Math.ceil(worlds / 3) * times.length, async (place) => {
    const world = 3 * Math.floor(place / times.length)
    const key = keyIn(world, NAMES[world % 2] ?? '')
    const time = times[place % times.length]
    const walk = (scope: string) =>
      `${scope}: lineage(root: { namespace: "lake", key: "${key}" }, direction: BOTH, scope: ${scope}, asOf: "${time}") {
        nodes { asset { key } distance hiddenUpstream hiddenDownstream } edges { ${EDGE} } completeness { complete } }`
    const { data, errors } = await server.ask(`{ ${walk('CURRENT')} ${walk('ALL')} }`)
    return { time, key, data, errors: errors.map(({ message }) => message) }
  })
}

async function made(): Promise<Made[]> {
  const all: Made[] = []
  for (let after: string | null = null, isMore = true; isMore; ) {
    const { materializations: page }: { materializations: MadePage } = await server.query(
      `query ($after: String) { materializations(first: 1000, after: $after) {
        pageInfo { endCursor hasNextPage }
        nodes { id asset { id key } partitionKey materializedAt columns { name type }
          inputs { asset { key } version partitionKey isPruned materialization { id } } } } }`,
      { after },
    )
    all.push(...page.nodes)
    after = page.pageInfo.endCursor
    isMore = page.pageInfo.hasNextPage
  }
  return all
}

/** A few at a time. */
async function inTurns<Done>(count: number, work: (at: number) => Promise<Done>): Promise<Done[]> {
  const done: Done[] = []
  let next = 0
  const worker = async () => {
    for (let at = next++; at < count; at = next++) done[at] = await work(at)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  return done
}

/** What hangs on a materialization, or names one, that is not there. */
const STRAYS = `
  SELECT 'input' AS what FROM materialization_input t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'check' FROM check_result t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'schema' FROM materialization_schema t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'schema held' FROM materialization_schema t
    WHERE NOT EXISTS (SELECT FROM asset_schema s WHERE s.asset_id = t.asset_id AND s.hash = t.hash)
  UNION ALL SELECT 'latest' FROM latest_materialization t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'event' FROM openlineage_event e
    WHERE e.run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run r WHERE r.id = e.run_id)
  UNION ALL SELECT 'assertions' FROM run_assertions a WHERE NOT EXISTS (SELECT FROM run r WHERE r.id = a.run_id)
  UNION ALL SELECT 'recording' FROM recording r WHERE r.recorded_at < $1 AND NOT EXISTS (
    SELECT FROM unnest(r.materialization_ids) AS u(id) JOIN materialization m ON m.id = u.id)`

const world = fc.record({
  runs: historyWithColumns.map((runs) => runs.slice(0, MOST_RUNS).map(amongDatasets).map(ofOneSlice)),
  events: fc.array(anyEvents, { maxLength: MOST_EVENTS, size: 'max' }),
})

const rule = fc.record({
  horizon: fc.integer({ min: 4, max: 11 }).map(minute),
  keepLatest: fc.integer({ min: 1, max: 2 }),
  namespace: fc.constantFrom(null, null, null, 'lake', 'default'),
})

const keyIn = (place: number, key: string) => `${place}/${key}`

/** Everything by names that no other world has. */
function recordingIn(place: number, { dagId, idempotencyKey, ...run }: Run): Run {
  return {
    ...(renamed(run, (one) =>
      typeof one['key'] === 'string' ? { key: keyIn(place, one['key']) } : {},
    ) as Run),
    ...(dagId == null ? {} : { dagId: `${dagId} ${place}` }),
    ...(idempotencyKey == null ? {} : { idempotencyKey: `${idempotencyKey} ${place}` }),
  }
}

/** Likewise of datasets, runs and jobs. */
function eventIn(place: number, event: object): object {
  return renamed(event, ({ namespace, name, runId }) => ({
    ...(namespace === 'lake' ? { name: keyIn(place, String(name)) } : {}),
    ...(namespace === 'jobs' ? { name: `${place}${name}` } : {}),
    ...(runId === undefined ? {} : { runId: `${runId} ${place}` }),
  })) as object
}

function renamed(value: unknown, changeOf: (one: Record<string, unknown>) => object): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, changeOf))
  if (typeof value !== 'object' || value === null) return value
  const own = { ...value, ...changeOf(value as Record<string, unknown>) }
  return Object.fromEntries(Object.entries(own).map(([name, one]) => [name, renamed(one, changeOf)]))
}

/** As much as one request may bring. */
const inParts = <One>(list: readonly One[]): One[][] =>
  Array.from({ length: Math.ceil(list.length / 100) }, (_, at) => list.slice(100 * at, 100 * (at + 1)))

async function send(events: readonly object[]): Promise<void> {
  const answer = await (await postEvents(server, events, { path: '/api/v1/lineage/batch' })).json()
  expect(answer).toMatchObject({ status: 'success' })
}

const none = (counts: object) => Object.fromEntries(Object.keys(counts).map((table) => [table, 0]))

const sliceOf = ({ asset, partitionKey }: Made) => `${asset.id} ${partitionKey ?? ''}`

test('whatever is pruned, what is current stays, and what is lost is said to be', async () => {
  const met = { pruned: 0, inputs: 0, runs: 0, schemas: 0 }
  await fc.assert(
    fc.asyncProperty(
      rule,
      fc.array(world, { minLength: 1, maxLength: MOST_WORLDS, size: 'max' }),
      async (rule, worlds) => {
        await clear(server)
        const runs = worlds.flatMap((one, place) => one.runs.map((run) => recordingIn(place, run)))
        const events = worlds.flatMap((one, place) => one.events.map((event) => eventIn(place, event)))
        for (const some of inParts(runs)) await recordBatch(server, some)
        for (const some of inParts(events)) await send(some)
        await age(server)
        const later = [rule.horizon, minute(12)]
        const before = {
          current: await current(),
          past: await past(worlds.length, later),
          made: await made(),
        }
        const horizon = new Date(rule.horizon)
        const asked = { ...at(), ...rule, horizon }

        const would = await prune({ ...asked, isDry: true })
        expect(await made()).toEqual(before.made)
        const { node_config: _, expected_asset: __, ...counts } = await prune({ ...asked, isDry: false })
        const isPruned = Object.values(would).some((count) => count > 0)
        if (isPruned) expect({ ...none(would), ...counts }).toEqual(would)
        expect(Object.values(await prune({ ...asked, isDry: true })).filter((count) => count > 0)).toEqual([])

        expect(await current()).toEqual(before.current)
        expect(await past(worlds.length, later)).toEqual(before.past)
        const [earlier] = await past(1, [new Date(horizon.getTime() - 1).toISOString()])
        expect(earlier?.errors.some((message) => message.includes('earlier history has been pruned'))).toBe(
          isPruned,
        )
        expect(await server.database.sql(STRAYS, [horizon])).toEqual([])

        const after = await made()
        const left = new Map(after.map((one) => [one.id, one]))
        const placeOf = new Map<string, number>()
        const lengths = new Map<string, number>()
        for (const one of before.made) {
          const length = lengths.get(sliceOf(one)) ?? 0
          placeOf.set(one.id, length)
          lengths.set(sliceOf(one), length + 1)
        }
        for (const one of before.made) {
          const still = left.get(one.id)
          // Newest first.
          if (new Date(one.materializedAt) >= horizon || (placeOf.get(one.id) ?? 0) < rule.keepLatest)
            expect(still?.id).toBe(one.id)
          if (still === undefined) met.pruned++
          else expect(still.columns).toEqual(one.columns)
          // Each input is what it was, or says that this has been pruned and which version it was.
          for (const [index, input] of (still?.inputs ?? []).entries()) {
            const was = one.inputs[index]
            const isGone = was?.materialization != null && !left.has(was.materialization.id)
            expect(input).toEqual(isGone ? { ...was, isPruned: true, materialization: null } : was)
            if (isGone) met.inputs++
          }
        }
        met.runs += would['run'] ?? 0
        met.schemas += would['asset_schema'] ?? 0

        const rows = await dumpRows(server)
        expect((await rebuild({ ...at(), isCheck: false })).corrections).toEqual([])
        expect(await dumpRows(server)).toEqual(rows)
      },
    ),
    { numRuns: BATCHES, interruptAfterTimeLimit: LONGEST_MS },
  )
  expect(met.pruned).toBeGreaterThan(5)
  expect(met.inputs).toBeGreaterThan(0)
  expect(met.runs).toBeGreaterThan(0)
  expect(met.schemas).toBeGreaterThan(0)
}, 180_000)
