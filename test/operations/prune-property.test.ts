import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { prune } from '../../src/store/prisma/prune/prune.js'
import { rebuild } from '../../src/store/prisma/rebuild/rebuild.js'
import { age } from '../harness/age.js'
import { clear, dumpRows } from '../harness/dump.js'
import { amongDatasets, anyEvents, NAMES } from '../harness/event-histories.js'
import { historyWithColumns } from '../harness/histories.js'
import { sendEvents } from '../harness/lineage-events.js'
import { minute, type Run, recordBatch } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

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
  inputs: Input[]
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

/** How everything was at some times. */
async function past(times: readonly string[]) {
  return Promise.all(
    times.flatMap((time) =>
      NAMES.slice(0, 2).map(async (key) => {
        const walk = (scope: string) =>
          `${scope}: lineage(root: { namespace: "lake", key: "${key}" }, direction: BOTH, scope: ${scope}, asOf: "${time}") {
            nodes { asset { key } distance hiddenUpstream hiddenDownstream } edges { ${EDGE} } completeness { complete } }`
        const { data, errors } = await server.ask(`{ ${walk('CURRENT')} ${walk('ALL')} }`)
        return { time, key, data, errors: errors.map(({ message }) => message) }
      }),
    ),
  )
}

async function made(): Promise<Made[]> {
  const { materializations } = await server.query<{ materializations: { nodes: Made[] } }, undefined>(
    `{ materializations(first: 1000) { nodes { id asset { id key } partitionKey materializedAt
        inputs { asset { key } version partitionKey isPruned materialization { id } } } } }`,
  )
  return materializations.nodes
}

/** What hangs on a materialization, or names one, that is not there. */
const STRAYS = `
  SELECT 'input' AS what FROM materialization_input t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'check' FROM check_result t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'schema' FROM materialization_schema t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'latest' FROM latest_materialization t
    WHERE NOT EXISTS (SELECT FROM materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  UNION ALL SELECT 'event' FROM openlineage_event e
    WHERE e.run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run r WHERE r.id = e.run_id)
  UNION ALL SELECT 'assertions' FROM run_assertions a WHERE NOT EXISTS (SELECT FROM run r WHERE r.id = a.run_id)
  UNION ALL SELECT 'recording' FROM recording r WHERE r.recorded_at < $1 AND NOT EXISTS (
    SELECT FROM unnest(r.materialization_ids) AS u(id) JOIN materialization m ON m.id = u.id)`

const history = fc.record({
  runs: historyWithColumns.map((runs) => runs.map(amongDatasets).map(ofOneSlice)),
  events: fc.array(anyEvents, { maxLength: 12, size: 'max' }),
  horizon: fc.integer({ min: 4, max: 11 }).map(minute),
  keepLatest: fc.integer({ min: 1, max: 2 }),
  namespace: fc.constantFrom(null, null, null, 'lake', 'default'),
})

const none = (counts: object) => Object.fromEntries(Object.keys(counts).map((table) => [table, 0]))

const sliceOf = ({ asset, partitionKey }: Made) => `${asset.id} ${partitionKey ?? ''}`

test('whatever is pruned, what is current stays, and what is lost is said to be', async () => {
  const met = { pruned: 0, inputs: 0, runs: 0 }
  await fc.assert(
    fc.asyncProperty(history, async ({ runs, events, ...rule }) => {
      await clear(server)
      await recordBatch(server, runs)
      await sendEvents(server, events)
      await age(server)
      const later = [rule.horizon, minute(12)]
      const before = { current: await current(), past: await past(later), made: await made() }
      const horizon = new Date(rule.horizon)
      const asked = { ...at(), ...rule, horizon }

      const would = await prune({ ...asked, isDry: true })
      expect(await made()).toEqual(before.made)
      const { node_config: _, expected_asset: __, ...counts } = await prune({ ...asked, isDry: false })
      const isPruned = Object.values(would).some((count) => count > 0)
      if (isPruned) expect({ ...none(would), ...counts }).toEqual(would)
      expect(Object.values(await prune({ ...asked, isDry: true })).filter((count) => count > 0)).toEqual([])

      expect(await current()).toEqual(before.current)
      expect(await past(later)).toEqual(before.past)
      const [earlier] = await past([new Date(horizon.getTime() - 1).toISOString()])
      expect(earlier?.errors.some((message) => message.includes('earlier history has been pruned'))).toBe(
        isPruned,
      )
      expect(await server.database.sql(STRAYS, [horizon])).toEqual([])

      const after = await made()
      const left = new Map(after.map((one) => [one.id, one]))
      const placeIn = (one: Made) =>
        before.made.filter((other) => sliceOf(other) === sliceOf(one)).indexOf(one)
      for (const one of before.made) {
        const still = left.get(one.id)
        // Newest first.
        if (new Date(one.materializedAt) >= horizon || placeIn(one) < rule.keepLatest)
          expect(still?.id).toBe(one.id)
        if (still === undefined) met.pruned++
        // Each input is what it was, or says that this has been pruned and which version it was.
        for (const [index, input] of (still?.inputs ?? []).entries()) {
          const was = one.inputs[index]
          const isGone = was?.materialization != null && !left.has(was.materialization.id)
          expect(input).toEqual(isGone ? { ...was, isPruned: true, materialization: null } : was)
          if (isGone) met.inputs++
        }
      }
      met.runs += would['run'] ?? 0

      const rows = await dumpRows(server)
      expect((await rebuild({ ...at(), isCheck: false })).corrections).toEqual([])
      expect(await dumpRows(server)).toEqual(rows)
    }),
    { numRuns: 15, interruptAfterTimeLimit: 30_000 },
  )
  expect(met.pruned).toBeGreaterThan(5)
  expect(met.inputs).toBeGreaterThan(0)
  expect(met.runs).toBeGreaterThan(0)
}, 120_000)
