import { setTimeout as sleep } from 'node:timers/promises'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Materialization } from '../../lineage/entities.js'
import { renamedRecording } from '../../lineage/names/renamed.js'
import type { PlannedRecording } from '../../lineage/recording/plan-recording.js'
import {
  planWrite,
  type StoredMaterialization,
  storageEventOf,
  type WritePlan,
} from '../../lineage/recording/write-plan.js'
import type { RecordOutcome } from '../store.js'
import type { AssetNames } from './asset-names.js'
import type { Database, Session } from './database.js'
import { isUniqueViolation, isWorthRetrying } from './faults.js'
import { findMaterializations } from './materialization-queries.js'
import { holdNames, OtherName } from './name-guard.js'
import { MATERIALIZATION_COLUMNS } from './rows.js'
import type { SearchRows, SearchWrite } from './search-rows.js'
import { statement } from './statement.js'
import { keepMarks, replace, write } from './write-sql.js'

const MOST_ATTEMPTS = 8

/** What has been committed, and the rows of it. */
export interface Written extends RecordOutcome {
  plan: WritePlan
  search: SearchWrite
}

/**
 * Commits recordings, all or none. First as if nothing of them were there: one statement. Where a key says that
 * something is (a repeat, concurrent ones included, always meets a unique index), once more in a transaction that
 * looks first.
 */
export async function record(
  database: Database,
  searchRows: SearchRows,
  names: AssetNames,
  planned: readonly PlannedRecording[],
): Promise<Written> {
  const now = new Date()

  let isLooking = repeatsItself(planned)
  for (let attempt = 1; ; attempt++) {
    const recordings = planned.map((recording) => renamedRecording(recording, names.canonical))
    try {
      const written = isLooking
        ? await database.transaction((session) => recordAmongOthers(session, searchRows, recordings, now))
        : await recordAnew(database, searchRows, recordings, now)
      searchRows.remember(written.search.words)
      return written
    } catch (error) {
      const isTaken = isUniqueViolation(error)
      const isRenamed = error instanceof OtherName
      if (attempt === MOST_ATTEMPTS || !(isTaken || isRenamed || isWorthRetrying(error))) throw error
      if (isRenamed) await names.learn(database, error.ids)
      isLooking ||= isTaken
      await sleep(Math.random() * 2 ** attempt)
    }
  }
}

/** Whether two recordings of one batch come under one idempotency key. */
function repeatsItself(recordings: readonly PlannedRecording[]): boolean {
  const keys = recordings.flatMap(({ idempotencyKey }) => idempotencyKey ?? [])
  return new Set(keys).size < keys.length
}

async function recordAnew(
  session: Session,
  searchRows: SearchRows,
  recordings: readonly PlannedRecording[],
  now: Date,
): Promise<Written> {
  const plan = planWrite(recordings)
  const search = searchRows.of(plan)
  const watermark = await write(session, plan, search, now)
  return {
    recordings: plan.results.map((materializations) => ({ materializations, isDuplicate: false })),
    watermark,
    plan,
    search,
  }
}

async function recordAmongOthers(
  session: Session,
  searchRows: SearchRows,
  recordings: readonly PlannedRecording[],
  now: Date,
): Promise<Written> {
  // From here on no name comes to stand for another: what is locked below is what the write finds.
  const [, known] = await Promise.all([holdNames(session), findRecordings(session, recordings)])
  const fresh = new Map<string, PlannedRecording>()
  // In the order of delivery: of equally new deliveries of one storage event the last counts.
  const written: PlannedRecording[] = []
  for (const recording of recordings) {
    const { idempotencyKey: key, contentHash } = recording
    if (key === null) {
      written.push(recording)
      continue
    }
    const firstHash = known.get(key)?.contentHash ?? fresh.get(key)?.contentHash
    if (firstHash !== undefined && !firstHash.equals(contentHash)) throw keyReused(recording.field, key)
    if (firstHash !== undefined) continue
    fresh.set(key, recording)
    written.push(recording)
  }

  const plan = planWrite(written, await findUnderStorageEvents(session, written))
  const pruned = await replace(session, plan)
  const search = searchRows.of(plan)
  const watermark = await write(session, plan, search, now)
  await keepMarks(session, pruned)

  const made = new Map(written.map((recording, at) => [recording, plan.results[at] ?? []]))
  const repeated = await findRepeated(session, [...known.values()])
  return {
    recordings: recordings.map((recording) => {
      const own = made.get(recording)
      if (own !== undefined) return { materializations: own, isDuplicate: false }
      const key = recording.idempotencyKey ?? ''
      const twin = fresh.get(key)
      const first = twin === undefined ? undefined : made.get(twin)
      return { materializations: first ?? repeated.get(key) ?? [], isDuplicate: true }
    }),
    watermark,
    plan,
    search,
  }
}

function keyReused(field: string, key: string): HeadwaterError {
  return new HeadwaterError(
    'IDEMPOTENCY_KEY_REUSED',
    `${field}.idempotencyKey: expected the content first recorded under ${JSON.stringify(key)}, got other content; use a new key for a new recording`,
    { field: `${field}.idempotencyKey` },
  )
}

interface KnownRecording {
  idempotencyKey: string
  contentHash: Buffer
  assetIds: string[]
  materializationIds: string[]
}

const FIND_RECORDINGS = statement(
  'recordings by key',
  `SELECT idempotency_key AS "idempotencyKey", content_hash AS "contentHash",
     ARRAY(SELECT COALESCE(n.asset_id, u.id)::text FROM unnest(asset_ids) WITH ORDINALITY u(id, place)
           LEFT JOIN asset_name n ON n.id = u.id ORDER BY u.place) AS "assetIds",
     materialization_ids::text[] AS "materializationIds"
   FROM recording WHERE idempotency_key = ANY($1::text[])`,
)

async function findRecordings(
  session: Session,
  recordings: readonly PlannedRecording[],
): Promise<Map<string, KnownRecording>> {
  const keys = recordings.flatMap(({ idempotencyKey }) => idempotencyKey ?? [])
  const rows = await session.run<KnownRecording>(FIND_RECORDINGS, [keys])
  return new Map(rows.map((row) => [row.idempotencyKey, row]))
}

async function findRepeated(
  session: Session,
  known: readonly KnownRecording[],
): Promise<Map<string, Materialization[]>> {
  const refs = known.flatMap(({ assetIds, materializationIds }) =>
    assetIds.map((assetId, at) => ({ assetId, materializationId: materializationIds[at] ?? '' })),
  )
  const found = (await findMaterializations(session, refs)).values()
  return new Map(
    known.map(({ idempotencyKey, assetIds }) => {
      const own = assetIds.map(() => found.next().value)
      return [idempotencyKey, own.filter((materialization) => materialization != null)]
    }),
  )
}

/** Locked until the transaction ends, so that two deliveries of one event follow each other. */
const LOCK_STORAGE_EVENTS = statement(
  'lock storage events',
  `SELECT ${MATERIALIZATION_COLUMNS}
   FROM materialization m
   JOIN unnest($1::uuid[], $2::uuid[]) AS r(asset_id, id) ON m.asset_id = r.asset_id AND m.id = r.id
   ORDER BY m.asset_id, m.id FOR UPDATE OF m`,
)

/** A statement of its own: the one that waited for the lock may see older inputs than the row it got. */
const FIND_UPSTREAM_IDS = statement(
  'upstream ids',
  `SELECT i.materialization_id AS "materializationId", array_agg(DISTINCT i.upstream_id)::text[] AS "upstreamIds"
   FROM materialization_input i
   JOIN unnest($1::uuid[], $2::uuid[]) AS r(asset_id, materialization_id)
     ON i.asset_id = r.asset_id AND i.materialization_id = r.materialization_id
   GROUP BY i.materialization_id`,
)

async function findUnderStorageEvents(
  session: Session,
  recordings: readonly PlannedRecording[],
): Promise<Map<string, StoredMaterialization>> {
  const wanted = new Map<string, Materialization>()
  for (const { record } of recordings.flatMap(({ materializations }) => materializations)) {
    const event = storageEventOf(record)
    if (event !== null) wanted.set(event, record)
  }
  if (wanted.size === 0) return new Map()
  const named = [...wanted.values()]
  const stored = await session.run<Materialization>(LOCK_STORAGE_EVENTS, [
    named.map(({ assetId }) => assetId),
    named.map(({ materializationId }) => materializationId),
  ])
  const inputs = await session.run<{ materializationId: string; upstreamIds: string[] }>(FIND_UPSTREAM_IDS, [
    stored.map(({ assetId }) => assetId),
    stored.map(({ materializationId }) => materializationId),
  ])
  const upstreamIds = new Map(inputs.map((row) => [row.materializationId, row.upstreamIds]))
  return new Map(
    stored.map((record) => [
      storageEventOf(record) ?? '',
      { record, upstreamIds: new Set(upstreamIds.get(record.materializationId)) },
    ]),
  )
}
