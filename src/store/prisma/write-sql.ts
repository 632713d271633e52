import { NO_COLUMNS } from '../../lineage/columns/column-collector.js'
import type { Materialization } from '../../lineage/entities.js'
import { encodeWatermark } from '../../lineage/live/watermark.js'
import type { AssetRow, SliceRow, StateRow, WritePlan } from '../../lineage/recording/write-plan.js'
import { bareArray, instantArray, textArray } from './array-literals.js'
import { columnValues, hasColumns, WRITE_COLUMNS } from './column-sql.js'
import type { Session } from './database.js'
import { asOtherName, IS_OWN_NAME } from './name-guard.js'
import type { SearchWrite } from './search-rows.js'
import { WRITE_SEARCH } from './search-sql.js'
import { statement } from './statement.js'
import { watermarkAfter } from './watermark.js'

/** Whether the row to be written describes the asset more newly than the row that is there. */
function isNewer(column: 'kind' | 'kinds' | 'description'): string {
  const value = (row: string) =>
    column === 'kinds' ? `array_to_string(${row}.kinds, chr(1))` : `${row}.${column}`
  return `excluded.${column}_at > s.${column}_at OR (s.${column}_at IS NULL AND excluded.${column}_at IS NOT NULL)
         OR (excluded.${column}_at = s.${column}_at AND ${value('excluded')} COLLATE "C" > ${value('s')} COLLATE "C")`
}

/** Of what is said of an asset the newer stays: what `s` holds, or what is to be written. */
export const NEWER_STATE = `kind = CASE WHEN ${isNewer('kind')} THEN excluded.kind ELSE s.kind END,
       kind_at = GREATEST(s.kind_at, excluded.kind_at),
       kinds = CASE WHEN ${isNewer('kinds')} THEN excluded.kinds ELSE s.kinds END,
       kinds_at = GREATEST(s.kinds_at, excluded.kinds_at),
       description = CASE WHEN ${isNewer('description')} THEN excluded.description ELSE s.description END,
       description_at = GREATEST(s.description_at, excluded.description_at),
       latest_id = CASE WHEN s.latest_at IS NULL OR (excluded.latest_at, excluded.latest_id) > (s.latest_at, s.latest_id)
         THEN excluded.latest_id ELSE s.latest_id END,
       latest_at = GREATEST(s.latest_at, excluded.latest_at),
       updated_at = GREATEST(s.updated_at, excluded.updated_at)`

/** Of an edge: the times of what `s` holds and of what is to be written. */
export const SEEN_LONGER = `first_seen_at = LEAST(s.first_seen_at, excluded.first_seen_at),
       last_seen_at = GREATEST(s.last_seen_at, excluded.last_seen_at),
       declared_from = LEAST(s.declared_from, excluded.declared_from),
       declared_to = GREATEST(s.declared_to, excluded.declared_to)`

/**
 * Everything a recording writes, as one statement: one round trip, one transaction. No part reads what another
 * writes, but that the words of a description are written where the state has come to hold it. PostgreSQL runs the parts
 * from the last to the first, so what repeats meet in (recordings, then materializations, then slices: `replace` locks
 * them in this order too) stands last, and what races meet in (assets) before their states; every part takes its rows in
 * the order of their keys. So two recordings wait for each other in a line, never in a circle. "Newer" is by (time,
 * value) everywhere, as in RowCollector.
 *
 * `search`: what search looks up in, where something is to be written. `columns`: so of columns, behind all others.
 */
const textOf = (search?: typeof WRITE_SEARCH, columns = '') => `WITH ${columns}stats AS (
     INSERT INTO lineage_edge_stats AS s (downstream_id, upstream_id, first_seen_at, last_seen_at, materialization_count,
       declared_from, declared_to)
     SELECT * FROM unnest($18::uuid[], $19::uuid[], $20::timestamptz[], $21::timestamptz[], $22::bigint[],
       $27::timestamptz[], $28::timestamptz[])
     ON CONFLICT (downstream_id, upstream_id) DO UPDATE SET ${SEEN_LONGER},
       materialization_count = s.materialization_count + excluded.materialization_count
   ), edges AS (
     INSERT INTO lineage_edge (downstream_id, upstream_id)
     SELECT * FROM unnest($18::uuid[], $19::uuid[])
     ON CONFLICT (downstream_id, upstream_id) DO NOTHING
   )${search?.words ?? ''}, states AS (
     INSERT INTO asset_state AS s (asset_id, kind, kind_at, kinds, kinds_at, description, description_at,
                                   latest_id, latest_at, updated_at)
     SELECT "assetId", kind, "kindAt", kinds, "kindsAt", description, "descriptionAt", "latestId", "latestAt",
       $1::timestamptz
     FROM json_to_recordset($2::json) AS r("assetId" uuid, kind text, "kindAt" timestamptz, kinds text[],
       "kindsAt" timestamptz, description text, "descriptionAt" timestamptz, "latestId" uuid, "latestAt" timestamptz)
     ON CONFLICT (asset_id) DO UPDATE SET
       ${NEWER_STATE}
     ${search?.ofStates ?? ''}
   ), "upstream states" AS (
     INSERT INTO asset_state (asset_id, kind, kinds, updated_at)
     SELECT id, kind, '{}', $1::timestamptz FROM unnest($9::uuid[], $10::text[]) AS r(id, kind)
     ON CONFLICT (asset_id) DO NOTHING
   ), assets AS (
     INSERT INTO asset (id, namespace, key, sort_key, created_at)
     SELECT id, namespace, key, sort_key, $1::timestamptz
     FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[]) AS r(id, namespace, key, sort_key)
     ON CONFLICT (id) DO NOTHING
   ), inputs AS (
     INSERT INTO materialization_input (asset_id, materialization_id, upstream_id, position, version, partition_key,
       materialized_at)
     SELECT * FROM unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::int[], $15::text[], $16::text[],
       $17::timestamptz[])
   ), slices AS (
     INSERT INTO latest_materialization AS s (asset_id, partition_key, materialization_id, materialized_at)
     SELECT * FROM unnest($23::uuid[], $24::text[], $25::uuid[], $26::timestamptz[])
     ON CONFLICT (asset_id, partition_key) DO UPDATE SET
       materialization_id = excluded.materialization_id, materialized_at = excluded.materialized_at
     WHERE (excluded.materialized_at, excluded.materialization_id) > (s.materialized_at, s.materialization_id)
   ), materializations AS (
     INSERT INTO materialization (asset_id, id, version, job_id, dag_id, node_task_id, partition_key,
       storage_event_id, size_bytes, checksum, uri, code_version, metadata, materialized_at, recorded_at, run_id)
     SELECT "assetId", "materializationId", version, "jobId", "dagId", "nodeTaskId", "partitionKey",
       "storageEventId", "sizeBytes", checksum, uri, "codeVersion", metadata, "materializedAt", "recordedAt", "runId"
     FROM json_to_recordset($3::json) AS r("assetId" uuid, "materializationId" uuid, version text, "jobId" text,
       "dagId" text, "nodeTaskId" text, "partitionKey" text, "storageEventId" bigint, "sizeBytes" bigint,
       checksum text, uri text, "codeVersion" text, metadata jsonb, "materializedAt" timestamptz,
       "recordedAt" timestamptz, "runId" uuid)
   ), recordings AS (
     INSERT INTO recording (idempotency_key, content_hash, asset_ids, materialization_ids, recorded_at)
     SELECT "idempotencyKey", decode("contentHash", 'hex'), "assetIds", "materializationIds", $1::timestamptz
     FROM json_to_recordset($4::json) AS r("idempotencyKey" text, "contentHash" text, "assetIds" uuid[],
       "materializationIds" uuid[])
   )
   SELECT pg_current_xact_id()::text AS "transactionId", pg_current_snapshot()::text AS snapshot, ${IS_OWN_NAME} AS "isOwnName"`

const WRITE = statement('write', textOf())
const WRITE_WITH_SEARCH = statement('write with search', textOf(WRITE_SEARCH))
const WRITE_WITH_COLUMNS = statement('write with columns', textOf(WRITE_SEARCH, WRITE_COLUMNS))

/** Writes every row of a plan but those of replaced materializations; answers with the watermark that covers it. */
export async function write(
  session: Session,
  plan: WritePlan,
  search: SearchWrite,
  now: Date,
): Promise<string> {
  const { assets, states, inserted, inputs, edges, slices, recordings, columns } = plan
  // A row that says nothing of its asset is there only so that the asset has a state: it must not lock one.
  const named = states.filter((row) => !saysSomething(row))
  const hasWords = search.described.length + search.others.length + search.words.length > 0
  const withColumns = hasColumns(columns)
  const sql = withColumns ? WRITE_WITH_COLUMNS : hasWords ? WRITE_WITH_SEARCH : WRITE
  const values = [
    now,
    JSON.stringify(states.filter(saysSomething)),
    toJson(inserted),
    JSON.stringify(recordings.map((row) => ({ ...row, contentHash: row.contentHash.toString('hex') }))),
    bareArray(assets.map(({ id }) => id)),
    textArray(assets.map(({ namespace }) => namespace)),
    textArray(assets.map(({ key }) => key)),
    textArray(assets.map(({ sortKey }) => sortKey)),
    bareArray(named.map(({ assetId }) => assetId)),
    textArray(named.map(({ kind }) => kind)),
    bareArray(inputs.map(({ assetId }) => assetId)),
    bareArray(inputs.map(({ materializationId }) => materializationId)),
    bareArray(inputs.map(({ upstreamId }) => upstreamId)),
    bareArray(inputs.map(({ position }) => position)),
    textArray(inputs.map(({ version }) => version)),
    textArray(inputs.map(({ partitionKey }) => partitionKey)),
    instantArray(inputs.map(({ materializedAt }) => materializedAt)),
    bareArray(edges.map(({ downstreamId }) => downstreamId)),
    bareArray(edges.map(({ upstreamId }) => upstreamId)),
    instantArray(edges.map(({ firstSeenAt }) => firstSeenAt)),
    instantArray(edges.map(({ lastSeenAt }) => lastSeenAt)),
    bareArray(edges.map(({ added }) => added)),
    bareArray(slices.map(({ assetId }) => assetId)),
    textArray(slices.map(({ partitionKey }) => partitionKey)),
    bareArray(slices.map(({ materializationId }) => materializationId)),
    instantArray(slices.map(({ materializedAt }) => materializedAt)),
    instantArray(edges.map(({ declaredFrom }) => declaredFrom)),
    instantArray(edges.map(({ declaredTo }) => declaredTo)),
    ...(hasWords || withColumns
      ? [JSON.stringify(search.described), JSON.stringify(search.others), textArray(search.words)]
      : []),
    ...(withColumns ? columnValues(columns) : []),
  ]
  try {
    const [row] = await session.run<{ transactionId: string; snapshot: string }>(sql, values)
    if (row === undefined) throw new Error('a write has answered nothing')
    return encodeWatermark(watermarkAfter(row.snapshot, BigInt(row.transactionId)))
  } catch (error) {
    throw asOtherName(
      error,
      assets.map(({ id }) => id),
    )
  }
}

/** Writes assets and what is said of them, and nothing else. */
export async function writeAssets(
  session: Session,
  assets: readonly AssetRow[],
  states: readonly StateRow[],
  search: SearchWrite,
  now: Date,
): Promise<void> {
  const nothing = {
    inserted: [],
    replaced: [],
    inputs: [],
    slices: [],
    leftSlices: [],
    edges: [],
    lostEdges: [],
  }
  const plan = { assets, states, ...nothing, columns: NO_COLUMNS, recordings: [], results: [] }
  await write(session, plan, search, now)
}

function saysSomething({ latestAt, kindAt, kindsAt, descriptionAt }: StateRow): boolean {
  return latestAt !== null || kindAt !== null || kindsAt !== null || descriptionAt !== null
}

/** JSON has no 64-bit integers; PostgreSQL reads them from strings. */
function toJson(records: readonly Materialization[]): string {
  return JSON.stringify(
    records.map((record) => ({
      ...record,
      storageEventId: record.storageEventId?.toString(),
      sizeBytes: record.sizeBytes?.toString(),
    })),
  )
}

const REPLACE = statement(
  'replace materializations',
  `UPDATE materialization m SET
     version = r.version, job_id = r."jobId", dag_id = r."dagId", node_task_id = r."nodeTaskId",
     partition_key = r."partitionKey", size_bytes = r."sizeBytes", checksum = r.checksum, uri = r.uri,
     code_version = r."codeVersion", metadata = r.metadata, materialized_at = r."materializedAt",
     transaction_id = pg_current_xact_id()
   FROM json_to_recordset($1::json) AS r("assetId" uuid, "materializationId" uuid, version text, "jobId" text,
     "dagId" text, "nodeTaskId" text, "partitionKey" text, "sizeBytes" bigint, checksum text, uri text,
     "codeVersion" text, metadata jsonb, "materializedAt" timestamptz)
   WHERE m.asset_id = r."assetId" AND m.id = r."materializationId"`,
)

/** Answers with those that say what they were, for that has been pruned. */
const FORGET_INPUTS = statement(
  'forget inputs',
  `WITH schemas AS (
     DELETE FROM materialization_schema s
     USING unnest($1::uuid[], $2::uuid[]) AS r(asset_id, materialization_id)
     WHERE s.asset_id = r.asset_id AND s.materialization_id = r.materialization_id
   ), inputs AS (
     DELETE FROM materialization_input i
     USING unnest($1::uuid[], $2::uuid[]) AS r(asset_id, materialization_id)
     WHERE i.asset_id = r.asset_id AND i.materialization_id = r.materialization_id
     RETURNING i.*
   )
   SELECT * FROM inputs WHERE pruned_id IS NOT NULL`,
)

/**
 * An input that is named as before still says what it was. One that is of an earlier time by now too, as of a run that is
 * known to have begun earlier: what is left would be taken for it otherwise, and that is older still.
 */
const KEEP_MARKS = statement(
  'keep marks of pruned inputs',
  `UPDATE materialization_input i SET pruned_id = r.pruned_id, pruned_version = r.pruned_version
   FROM json_to_recordset($1::json) AS r(asset_id uuid, materialization_id uuid, upstream_id uuid, version text,
     partition_key text, materialized_at timestamptz, pruned_id uuid, pruned_version text)
   WHERE i.asset_id = r.asset_id AND i.materialization_id = r.materialization_id AND i.upstream_id = r.upstream_id
     AND i.version IS NOT DISTINCT FROM r.version AND i.partition_key IS NOT DISTINCT FROM r.partition_key
     AND i.materialized_at <= r.materialized_at`,
)

/**
 * Whoever takes a materialization from a slice, or brings one, holds the slice's pointer until it commits: so what
 * the next one finds in the slice is what stays there.
 */
const LOCK_SLICES = statement(
  'lock slices',
  `SELECT FROM latest_materialization s
   JOIN unnest($1::uuid[], $2::text[]) AS r(asset_id, partition_key)
     ON s.asset_id = r.asset_id AND s.partition_key = r.partition_key
   ORDER BY s.asset_id, s.partition_key FOR UPDATE OF s`,
)

/** The latest materialization in the slice `r`, as SQL; null where it is empty. */
const LATEST_ID = `CASE WHEN r.partition_key = ''
     THEN (SELECT n.id FROM materialization n WHERE n.asset_id = r.asset_id AND n.partition_key IS NULL
           ORDER BY n.materialized_at DESC, n.id DESC LIMIT 1)
     ELSE (SELECT n.id FROM materialization n WHERE n.asset_id = r.asset_id AND n.partition_key = r.partition_key
           ORDER BY n.materialized_at DESC, n.id DESC LIMIT 1) END`

const POINT_TO_LATEST = statement(
  'point to latest',
  `UPDATE latest_materialization s SET materialization_id = m.id, materialized_at = m.materialized_at
   FROM unnest($1::uuid[], $2::text[]) AS r(asset_id, partition_key)
   JOIN materialization m ON m.asset_id = r.asset_id AND m.id = ${LATEST_ID}
   WHERE s.asset_id = r.asset_id AND s.partition_key = r.partition_key`,
)

const DROP_EMPTY_SLICES = statement(
  'drop empty slices',
  `DELETE FROM latest_materialization s
   USING unnest($1::uuid[], $2::text[]) AS r(asset_id, partition_key)
   WHERE s.asset_id = r.asset_id AND s.partition_key = r.partition_key AND ${LATEST_ID} IS NULL`,
)

/** Inputs that were what has been pruned since, as rows. */
type PrunedInputs = readonly Record<string, unknown>[]

/**
 * Replaces the content of stored materializations and takes away what hung on the old one; before `write`. Answers with
 * what `keepMarks` is to be given behind it.
 */
export async function replace(
  session: Session,
  { replaced, leftSlices, slices }: WritePlan,
): Promise<PrunedInputs> {
  if (replaced.length === 0) return []
  await session.run(REPLACE, [toJson(replaced)])
  const pruned = await session.run<Record<string, unknown>>(FORGET_INPUTS, [
    replaced.map(({ assetId }) => assetId),
    replaced.map(({ materializationId }) => materializationId),
  ])
  if (leftSlices.length > 0) await leaveSlices(session, leftSlices, slices)
  return pruned
}

/** Inputs that are named as they were are still what has been pruned; behind `write`. */
export async function keepMarks(session: Session, pruned: PrunedInputs): Promise<void> {
  if (pruned.length > 0) await session.run(KEEP_MARKS, [JSON.stringify(pruned)])
}

async function leaveSlices(
  session: Session,
  leftSlices: readonly SliceRow[],
  slices: readonly SliceRow[],
): Promise<void> {
  const touched = [...leftSlices, ...slices]
  await session.run(LOCK_SLICES, slicesAsColumns(touched))
  await session.run(POINT_TO_LATEST, slicesAsColumns(leftSlices))
  await session.run(DROP_EMPTY_SLICES, slicesAsColumns(leftSlices))
}

function slicesAsColumns(slices: readonly SliceRow[]): string[][] {
  return [slices.map(({ assetId }) => assetId), slices.map(({ partitionKey }) => partitionKey)]
}
