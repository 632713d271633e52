import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  RecordCheckResultsDocument,
  RestoreAssetDocument,
  RetireAssetDocument,
  UpdateAssetDocument,
} from '../../schema/operations.generated.js'
import { type Rebuilt, rebuild } from '../../src/store/prisma/rebuild/rebuild.js'
import { clear, dumpRows, type Row } from '../harness/dump.js'
import { amongDatasets, anyEvents, NAMES } from '../harness/event-histories.js'
import { historyWithColumns } from '../harness/histories.js'
import { sendEvents } from '../harness/lineage-events.js'
import { minute, type Run, record } from '../harness/recordings.js'
import { startTestServer, type TestServer } from '../harness/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const rebuilt = (): Promise<Rebuilt> =>
  rebuild({
    url: server.database.url,
    connectTimeoutMs: 5_000,
    isCheck: false,
    onTotal: () => undefined,
    advance: () => undefined,
  })

/** What may be said, in any order: recordings, events, and what people say of assets. */
type Said =
  | { is: 'RECORDING'; run: Run }
  | { is: 'EVENT'; event: object }
  | { is: 'RETIRED' | 'RESTORED'; name: string; at: string }
  | { is: 'UPDATED'; name: string; what: object }
  | { is: 'CHECKED'; at: string }

const name = fc.constantFrom(...NAMES)
const mutation: fc.Arbitrary<Said> = fc.oneof(
  fc.record({
    is: fc.constantFrom('RETIRED' as const, 'RESTORED' as const),
    name,
    at: fc.nat(9).map(minute),
  }),
  fc.record({
    is: fc.constant('UPDATED' as const),
    name,
    what: fc.constantFrom(
      { tags: { tier: 'mine' } },
      { owners: ['us'] },
      { description: 'ours' },
      { kind: 'ours' },
    ),
  }),
  fc.record({ is: fc.constant('CHECKED' as const), at: fc.nat(9).map(minute) }),
)

/** Some come twice. */
const recordings = historyWithColumns.map((all) => {
  const runs = all.slice(0, 10)
  return [...runs, ...runs.slice(0, 3)].map((run): Said => ({ is: 'RECORDING', run: amongDatasets(run) }))
})

const inAnyOrder = (lists: readonly Said[][]): fc.Arbitrary<Said[]> => {
  const all = lists.flat()
  return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
}

const history: fc.Arbitrary<Said[]> = fc
  .tuple(
    recordings,
    fc.array(
      anyEvents.map((event): Said => ({ is: 'EVENT', event })),
      { minLength: 3, maxLength: 20, size: 'max' },
    ),
    fc.array(mutation, { maxLength: 8 }),
  )
  .chain(inAnyOrder)

async function say(said: Said): Promise<void> {
  switch (said.is) {
    case 'RECORDING':
      await record(server, said.run)
      return
    case 'EVENT':
      await sendEvents(server, [said.event])
      return
    case 'CHECKED': {
      const { materializations } = await server.query<
        { materializations: { nodes: { id: string }[] } },
        undefined
      >('{ materializations(first: 1) { nodes { id } } }')
      for (const { id } of materializations.nodes) {
        const checks = [{ name: 'checked', status: 'PASSED' as const }]
        await server.query(RecordCheckResultsDocument, {
          input: { materializationId: id, checks, checkedAt: said.at },
        })
      }
      return
    }
    default: {
      // An asset that is not there yet is bad input, and nothing has been said.
      const asset = { namespace: 'lake', key: said.name }
      if (said.is === 'UPDATED') await server.ask(UpdateAssetDocument, { input: { asset, ...said.what } })
      else {
        const document = said.is === 'RETIRED' ? RetireAssetDocument : RestoreAssetDocument
        await server.ask(document, { asset, at: said.at })
      }
    }
  }
}

/** What can be done to a database of which everything comes back. */
const DAMAGE = {
  'no runs': 'TRUNCATE run',
  'other runs': `UPDATE run SET state = 'UNKNOWN', merged = 'null', begun_at = now(), input_ids = '{}'`,
  'nothing of what is latest': 'TRUNCATE latest_materialization',
  'others as the latest': `UPDATE latest_materialization SET materialized_at = now(), materialization_id = gen_random_uuid()`,
  'what is latest of slices that are not there': `INSERT INTO latest_materialization
    SELECT asset_id, 'none', id, materialized_at FROM materialization LIMIT 1 ON CONFLICT DO NOTHING`,
  'no latest of assets': 'UPDATE asset_state SET latest_id = NULL, latest_at = NULL',
  'no edges': 'TRUNCATE lineage_edge',
  'other counts': 'UPDATE lineage_edge_stats SET materialization_count = 99',
  'nothing made by runs': `WITH m AS (DELETE FROM materialization WHERE run_id IS NOT NULL RETURNING asset_id, id),
      s AS (DELETE FROM materialization_schema s USING m WHERE s.asset_id = m.asset_id AND s.materialization_id = m.id)
    DELETE FROM materialization_input i USING m WHERE i.asset_id = m.asset_id AND i.materialization_id = m.id`,
  'runs that made the same otherwise': `UPDATE materialization
    SET version = 'other', partition_key = 'other', materialized_at = now(), metadata = '{}' WHERE run_id IS NOT NULL`,
  'runs that made more': `INSERT INTO materialization (asset_id, id, job_id, materialized_at, recorded_at, run_id)
    SELECT asset_id, gen_random_uuid(), 'none', now(), now(), run_id FROM materialization WHERE run_id IS NOT NULL`,
  'runs that used nothing': `DELETE FROM materialization_input i USING materialization m
    WHERE m.run_id IS NOT NULL AND i.asset_id = m.asset_id AND i.materialization_id = m.id`,
  'runs that used more': `INSERT INTO materialization_input
    SELECT asset_id, id, asset_id, 99, NULL, NULL, now() FROM materialization WHERE run_id IS NOT NULL`,
  'no schemas held by what runs made': `DELETE FROM materialization_schema s USING materialization m
    WHERE m.run_id IS NOT NULL AND s.asset_id = m.asset_id AND s.materialization_id = m.id`,
  'nothing to search': 'TRUNCATE asset_search, search_word',
  'something else to search': `UPDATE asset_search SET folded_key = 'x', document = '''kx'':1A', description_hash = NULL`,
  'more to search': `INSERT INTO asset_search VALUES (gen_random_uuid(), 'x', 'x', '''kx'':1A')`,
  'nothing asserted by runs': 'TRUNCATE run_assertions',
  'something else asserted by runs': `UPDATE run_assertions SET results = '[]', version = 'none', as_of = now()`,
  'more asserted by runs': `INSERT INTO run_assertions
    SELECT asset_id, gen_random_uuid(), run_id, NULL, NULL, NULL, as_of, NULL, checked_at, '[]', 0 FROM run_assertions`,
  'no other names': 'TRUNCATE asset_name',
  'no column names': 'TRUNCATE asset_column',
  'other kinds than names say': `UPDATE asset_state SET kind = 'none' WHERE kind_at IS NULL`,
  /** But for what only replaced deliveries of storage events have said. */
  'no counts and times of edges': 'TRUNCATE lineage_edge_stats',
  'nothing at all of edges': 'TRUNCATE lineage_edge, lineage_edge_stats',
} as const

type Damage = keyof typeof DAMAGE

/** What cannot come back: when, and whether, edges into assets that storage events have made were seen before. */
function lasting(all: Record<string, Row[]>, damages: readonly Damage[]): Record<string, Row[]> {
  if (!damages.some((damage) => damage.endsWith('of edges'))) return all
  const byEvents = new Set(
    all['materialization']?.flatMap((row) => (row['storage_event_id'] === null ? [] : row['asset_id'])),
  )
  const counts = new Map(
    all['lineage_edge_stats']?.map((row) => [
      `${row['downstream_id']} ${row['upstream_id']}`,
      row['materialization_count'],
    ]),
  )
  const lasts = (row: Row) =>
    !byEvents.has(row['downstream_id']) || counts.get(`${row['downstream_id']} ${row['upstream_id']}`) !== 0
  return {
    ...all,
    lineage_edge: all['lineage_edge']?.filter(lasts) ?? [],
    lineage_edge_stats:
      all['lineage_edge_stats']
        ?.filter(lasts)
        .map((row) => (byEvents.has(row['downstream_id']) ? { ...row, ...UNKNOWN_TIMES } : row)) ?? [],
  }
}

const UNKNOWN_TIMES = { first_seen_at: null, last_seen_at: null, declared_from: null, declared_to: null }

const damages = fc.subarray(Object.keys(DAMAGE) as Damage[], { minLength: 1, maxLength: 4 })

test('a database that is right stays as it is; whatever is lost of what is derived comes back', async () => {
  const met = new Set<string>()
  await fc.assert(
    fc.asyncProperty(history, damages, async (all, chosen) => {
      await clear(server)
      for (const said of all) await say(said)
      const before = await dumpRows(server)
      expect((await rebuilt()).corrections).toEqual([])
      expect(await dumpRows(server)).toEqual(before)

      const { sql } = server.database
      const words = await sql<{ word: string }>('SELECT word FROM search_word')
      for (const damage of chosen) await sql(DAMAGE[damage])
      const damaged = await dumpRows(server)
      const { corrections } = await rebuilt()
      const after = await dumpRows(server)
      // The server, which runs on, knows that it has stored these.
      await sql('INSERT INTO search_word SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING', [
        words.map(({ word }) => word),
      ])
      expect(lasting(after, chosen)).toEqual(lasting(before, chosen))
      expect(corrections.length > 0).toBe(JSON.stringify(damaged) !== JSON.stringify(before))
      for (const [table, rows] of Object.entries(before)) if (rows.length > 1) met.add(table)
    }),
    {
      numRuns: 60,
      interruptAfterTimeLimit: 400_000,
      markInterruptAsFailure: true,
    },
  )
  expect([...met]).toEqual(
    expect.arrayContaining([
      'run',
      'materialization',
      'asset_lifecycle',
      'check_result',
      'column_edge',
      'recording',
    ]),
  )
}, 420_000)

const together = fc
  .tuple(
    recordings,
    fc.array(
      anyEvents.map((event): Said => ({ is: 'EVENT', event })),
      { minLength: 10, maxLength: 20, size: 'max' },
    ),
  )
  .chain(inAnyOrder)

test('what was said at once is right too', async () => {
  await fc.assert(
    fc.asyncProperty(together, async (all) => {
      await clear(server)
      await Promise.all(all.map(say))
      expect((await rebuilt()).corrections).toEqual([])
    }),
    { numRuns: 25, interruptAfterTimeLimit: 150_000, markInterruptAsFailure: true },
  )
}, 160_000)
