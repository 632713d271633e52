import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clear, dumpTables } from '../harness/dump.js'
import { anyEvents, narrowedRun } from '../harness/event-histories.js'
import { sendEvents } from '../harness/lineage-events.js'
import { startTestServer, type TestServer } from '../harness/server.js'

const CONNECTIONS = 8

let server: TestServer
/** On the same database: each of the two writes one transaction at a time. */
let other: TestServer
beforeAll(async () => {
  server = await startTestServer()
  other = await startTestServer({ database: server.database })
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** Sends what is left in any order, each event once or more, over eight connections at once, half of them to each server. */
async function sendAnyhow(events: readonly unknown[]): Promise<void> {
  await other.seeDatabase('anew')
  const left = [...events]
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, connection) => {
      const to = connection % 2 === 0 ? server : other
      for (let event = left.pop(); event !== undefined; event = left.pop()) await sendEvents(to, [event])
    }),
  )
}

/** The events, some of them again, in another order. */
const anyhow = <Event>(events: readonly Event[]) =>
  fc
    .array(fc.constantFrom(...events), { maxLength: 5 })
    .chain((repeats) =>
      fc.shuffledSubarray([...events, ...repeats], { minLength: events.length + repeats.length }),
    )

const delivery = fc
  .tuple(fc.array(anyEvents, { minLength: 1, maxLength: 10 }), narrowedRun)
  .map((parts) => parts.flat())
  .chain((events) => fc.record({ events: fc.constant(events), anyhow: anyhow(events) }))

test('events in any order, any number of times, at once, end in the same state', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(delivery, async ({ events, anyhow }) => {
      await clear(server)
      await sendEvents(server, events)
      const once = await dumpTables(server)
      await clear(server)
      await sendAnyhow(anyhow)
      expect(await dumpTables(server)).toEqual(once)
      const [less] = await server.database.sql('SELECT FROM removed_edge')
      if (less !== undefined) seen.add('edges removed')
      const {
        materializations = [],
        edges = [],
        names = [],
        assertions = [],
        lifecycle = [],
      } = once as Record<string, unknown[]>
      if (materializations.length > 1) seen.add('several made')
      if (edges.length > 1) seen.add('edges')
      if (assertions.length > 1) seen.add('assertions')
      if (lifecycle.length > 0) seen.add('dropped')
      const [moved] = await server.database.sql('SELECT FROM asset_name WHERE moved_by IS NOT NULL')
      if (names.length > 1 && moved !== undefined) seen.add('moved')
    }),
    { numRuns: 100, interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
  )
  expect([...seen].sort()).toEqual([
    'assertions',
    'dropped',
    'edges',
    'edges removed',
    'moved',
    'several made',
  ])
}, 220_000)

const REAL = new URL('../../../shared/openlineage-events/', import.meta.url)
const scenarios = existsSync(REAL)
  ? readdirSync(REAL, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  : []

/** Runs, materializations and edges, as what came with the events counts them. */
const COUNTS: Record<string, [number, number, number]> = {
  CLL: [4, 3, 2],
  simple_run_event: [1, 1, 1],
  spark_dataproc_simple_producer_test: [1, 1, 1],
}

;(scenarios.length === 0 ? describe.skip : describe)('what real producers have sent', () => {
  test.each(scenarios.length === 0 ? ['none here'] : scenarios)(
    '%s',
    async (scenario) => {
      const folder = new URL(`${scenario}/`, REAL)
      const events = readdirSync(folder)
        .sort()
        .map((file) => readFileSync(new URL(file, folder), 'utf8'))
      await clear(server)
      await sendEvents(server, events)
      const once = await dumpTables(server)
      const { runs, materializations, edges } = once as Record<string, unknown[]>
      expect([runs?.length, materializations?.length, edges?.length]).toEqual(COUNTS[scenario])
      await fc.assert(
        fc.asyncProperty(anyhow(events), async (shuffled) => {
          await clear(server)
          await sendAnyhow(shuffled)
          expect(await dumpTables(server)).toEqual(once)
        }),
        { numRuns: 100, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
      )
    },
    120_000,
  )
})
