import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { LineageEvent, RunEvent } from '../../lineage/openlineage/event.js'
import { type MergedRun, mergeEvent } from '../../lineage/openlineage/merged-run.js'
import { type IngestPlan, planIngest, type RunChange } from '../../lineage/openlineage/plan-ingest.js'
import { runIdOf } from '../../lineage/openlineage/run-id.js'
import { runOf } from '../../lineage/openlineage/run-outcome.js'
import type { WritePlan } from '../../lineage/recording/write-plan.js'
import { bareArray, instantArray, textArray } from './array-literals.js'
import { labelAssets } from './asset-queries.js'
import type { Database, Session } from './database.js'
import { retireWritten } from './retirement-queries.js'
import { retried } from './retry.js'
import type { SearchRows } from './search-rows.js'
import { statement } from './statement.js'
import { replace, write } from './write-sql.js'

/** What has been committed of some events. */
export interface Ingested {
  plan: WritePlan
  watermark: string
  /** Assets whose rows have changed otherwise. */
  edited: readonly string[]
  retired: readonly string[]
}

/** Commits events, all or none: each is kept, and applied if it is new. Null where none is. */
export async function ingest(
  database: Database,
  searchRows: SearchRows,
  events: readonly LineageEvent[],
): Promise<Ingested | null> {
  const now = new Date()
  const { ingested, words } = await retried(() =>
    database.transaction((session) => apply(session, searchRows, events, now)),
  )
  searchRows.remember(words)
  return ingested
}

async function apply(
  session: Session,
  searchRows: SearchRows,
  events: readonly LineageEvent[],
  now: Date,
): Promise<{ ingested: Ingested | null; words: readonly string[] }> {
  // Sent together, as are the writes below: each round trip costs more than what it asks for.
  const [fresh, runs] = await Promise.all([
    keep(session, events, now),
    holdRuns(
      session,
      events.filter(isOfRun).map(({ id }) => id),
      now,
    ),
  ])
  if (fresh.length === 0) return { ingested: null, words: [] }
  const changes = mergeInto(runs, fresh.filter(isOfRun), now)
  const { dropped, words, ...applied } = await applyEvents(session, searchRows, fresh, changes, now)
  for (const { assetId, at } of dropped) await retireWritten(session, assetId, at)
  const retired = dropped.map(({ assetId }) => assetId)
  return { ingested: { ...applied, retired }, words }
}

/** What some events have come to, but for what they have dropped, which is still to be retired. */
export interface Applied extends Omit<Ingested, 'retired'> {
  dropped: IngestPlan['dropped']
  words: readonly string[]
}

/** Writes what events say that have not been applied before, and that have changed these runs, which are held. */
export async function applyEvents(
  session: Session,
  searchRows: SearchRows,
  events: readonly LineageEvent[],
  changes: readonly RunChange[],
  now: Date,
): Promise<Applied> {
  const { rows, facts, dropped } = planIngest(events, changes)
  await replace(session, rows)
  const search = searchRows.of(rows)
  const [watermark] = await Promise.all([write(session, rows, search, now), putRuns(session, changes)])
  const edited = await labelAssets(session, searchRows, facts)
  return { plan: rows, watermark, edited, dropped, words: search.words }
}

const KEEP = statement(
  'keep events',
  `INSERT INTO openlineage_event (hash, run_id, event_time, received_at, body)
   SELECT decode(hash, 'hex'), run_id, event_time, $5, body
   FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[]) AS r(hash, run_id, event_time, body)
   ON CONFLICT (hash) DO NOTHING RETURNING encode(hash, 'hex') AS hash`,
)

/** Keeps events as they came; answers with those that are new, each once. Repeats wait for each other. */
async function keep(session: Session, events: readonly LineageEvent[], now: Date): Promise<LineageEvent[]> {
  const byHash = new Map(events.map((event) => [event.hash, event]))
  const inOrder = [...byHash.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1))
  const rows = await session.run<{ hash: string }>(KEEP, [
    bareArray(inOrder.map(({ hash }) => hash)),
    bareArray(inOrder.map((event) => (event.is === 'RUN' ? event.id : 'NULL'))),
    instantArray(inOrder.map(({ eventTime }) => eventTime)),
    textArray(inOrder.map(({ body }) => body)),
    now,
  ])
  return rows.flatMap(({ hash }) => byHash.get(hash) ?? [])
}

/** Rows to be held: of those that are not there yet all else follows in the same transaction. */
const CLAIM = statement(
  'claim runs',
  `INSERT INTO run (id, job_namespace, job_name, run_id, state, begun_at, merged, updated_at)
   SELECT id, '', '', '', '', $2, 'null', $2 FROM unnest($1::uuid[]) AS r(id)
   ON CONFLICT (id) DO NOTHING`,
)

const LOCK = statement(
  'lock runs',
  `SELECT r.id, r.merged FROM run r JOIN unnest($1::uuid[]) AS c(id) ON c.id = r.id ORDER BY r.id FOR UPDATE OF r`,
)

/** What has been said of runs, which are held from here on: null where nothing has. */
export type HeldRuns = { id: string; merged: MergedRun | null }[]

/** Holds runs until the transaction ends. */
export async function holdRuns(session: Session, runIds: readonly string[], now: Date): Promise<HeldRuns> {
  if (runIds.length === 0) return []
  const ids = [...new Set(runIds)].sort()
  const [, held] = await Promise.all([
    session.run(CLAIM, [bareArray(ids), now]),
    session.run<HeldRuns[number]>(LOCK, [bareArray(ids)]),
  ])
  return held
}

/** Merges events into their runs. */
function mergeInto(runs: HeldRuns, events: readonly RunEvent[], at: Date): RunChange[] {
  const after = new Map<string, MergedRun>()
  const before = new Map(runs.map(({ id, merged }) => [id, merged]))
  for (const event of events) {
    const id = event.id
    after.set(id, mergeEvent(after.get(id) ?? before.get(id) ?? null, event))
  }
  return [...after].map(([id, merged]) => ({ before: before.get(id) ?? null, after: merged, at }))
}

const PUT = statement(
  'put runs',
  `UPDATE run SET job_namespace = r."jobNamespace", job_name = r."jobName", job_key = r."jobKey", run_id = r."runId", state = r.state,
     begun_at = r."begunAt", started_at = r."startedAt", ended_at = r."endedAt",
     nominal_start_at = r."nominalStartAt", nominal_end_at = r."nominalEndAt", error_message = r."errorMessage",
     parent_id = r."parentId", root_id = r."rootId", parent = r.parent, root = r.root, dag_id = r."dagId", node_task_id = r."nodeTaskId",
     input_ids = r."inputIds", output_ids = r."outputIds", merged = r.merged, updated_at = r."updatedAt"
   FROM json_to_recordset($1::json) AS r(id uuid, "jobNamespace" text, "jobName" text, "jobKey" text, "runId" text, state text,
     "begunAt" timestamptz, "startedAt" timestamptz, "endedAt" timestamptz, "nominalStartAt" timestamptz,
     "nominalEndAt" timestamptz, "errorMessage" text, "parentId" uuid, "rootId" uuid, parent jsonb,
     root jsonb, "dagId" text, "nodeTaskId" text, "inputIds" uuid[], "outputIds" uuid[], merged jsonb, "updatedAt" timestamptz)
   WHERE run.id = r.id`,
)

async function putRuns(session: Session, changes: readonly RunChange[]): Promise<void> {
  if (changes.length === 0) return
  const rows = changes.map(({ after, at }) => {
    const run = runOf(after)
    return {
      ...run,
      jobKey: sortKeyOf({ namespace: run.jobNamespace, key: run.jobName }),
      parentId: run.parent === null ? null : runIdOf(run.parent),
      rootId: run.root === null ? null : runIdOf(run.root),
      merged: after,
      updatedAt: at,
    }
  })
  await session.run(PUT, [JSON.stringify(rows)])
}

const isOfRun = (event: LineageEvent): event is RunEvent => event.is === 'RUN'
