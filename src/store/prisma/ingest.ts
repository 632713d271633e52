import { demandOfAssets } from '../../lineage/access/demand.js'
import { namedByEvent, namedByRun } from '../../lineage/access/demand-event.js'
import { demandOfUnion } from '../../lineage/access/demand-union.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { NamedAsset } from '../../lineage/names/asset-names.js'
import type { LineageEvent, RunEvent } from '../../lineage/openlineage/event.js'
import { type MergedRun, mergeEvent } from '../../lineage/openlineage/merged-run.js'
import { planIngest, type RunChange } from '../../lineage/openlineage/plan-ingest.js'
import { runIdOf } from '../../lineage/openlineage/run-id.js'
import { runOf } from '../../lineage/openlineage/run-outcome.js'
import { sameAssets } from '../../lineage/openlineage/same-assets.js'
import type { WritePlan } from '../../lineage/recording/write-plan.js'
import { Pace } from '../../lineage/walk/pace.js'
import { bareArray, instantArray, textArray } from './array-literals.js'
import { labelAssets } from './asset-edits.js'
import type { AssetNames, Found } from './asset-names.js'
import type { Database, Session } from './database.js'
import { writeLifecycle } from './lifecycle-queries.js'
import { holdEdges, removeEdges } from './lost-edges.js'
import { retried } from './retry.js'
import { writeAssertions } from './run-assertion-writes.js'
import type { SearchRows } from './search-rows.js'
import { renewSearchRows } from './search-sql.js'
import { statement } from './statement.js'
import { keepMarks, replace, write } from './write-sql.js'

/** What has been committed of some events. */
export interface Ingested {
  plan: WritePlan
  watermark: string
  /** Assets whose rows have changed otherwise. */
  edited: readonly string[]
  /** Assets of which it was said that they are there no more, or that this is not so. */
  retired: readonly string[]
  /** Whether an edge is there no more, or something that was recorded under one name is of another now. */
  isRemoved: boolean
}

/** Commits events, all or none: each is kept, and applied if it is new. Null where none is. */
export async function ingest(
  database: Database,
  searchRows: SearchRows,
  names: AssetNames,
  events: readonly LineageEvent[],
): Promise<Ingested | null> {
  const now = new Date()
  const { ingested, words, found } = await retried(
    () => database.transaction((session) => apply(session, searchRows, names, events, now)),
    names.mended(database),
  )
  searchRows.remember(words)
  if (found !== null) names.remember(found)
  return ingested
}

async function apply(
  session: Session,
  searchRows: SearchRows,
  names: AssetNames,
  events: readonly LineageEvent[],
  now: Date,
): Promise<{ ingested: Ingested | null; words: readonly string[]; found: Found | null }> {
  // Sent together, as are the writes below: each round trip costs more than what it asks for.
  const [fresh, runs] = await Promise.all([
    keep(session, events, now),
    holdRuns(
      session,
      events.filter(isOfRun).map(({ id }) => id),
    ),
  ])
  if (fresh.length === 0) return { ingested: null, words: [], found: null }
  const changes = mergeInto(runs, fresh.filter(isOfRun), now)
  const { words, found, ...ingested } = await applyEvents(session, searchRows, names, fresh, changes, now)
  return { ingested, words, found }
}

/** What some events have come to, and what has been found out on the way. */
export interface Applied extends Ingested {
  words: readonly string[]
  found: Found | null
}

/** Writes what events say that have not been applied before, and that have changed these runs, which are held. */
export async function applyEvents(
  session: Session,
  searchRows: SearchRows,
  names: AssetNames,
  events: readonly LineageEvent[],
  changes: readonly RunChange[],
  now: Date,
): Promise<Applied> {
  const same = sameAssets(
    events,
    changes.map(({ after }) => after),
  )
  const runs = new Map(changes.map(({ after }) => [runIdOf(after), after]))
  const found = await names.unite(session, searchRows, same, (known) => demandOfUnion(events, runs, known))
  const canonical = (named: NamedAsset) => names.canonical(named, found)
  for (const event of events) {
    if (event.by === undefined) continue
    const run = isOfRun(event) ? runs.get(event.id) : undefined
    demandOfAssets(event.by, namedByEvent(event, event.by), canonical)
    if (run !== undefined) demandOfAssets(event.by, namedByRun(run, event.by), canonical)
  }
  // A wide run takes long to be worked out: others go on in between.
  const pace = new Pace({ check: () => undefined })
  const { rows, facts, lifecycle, assertions } = await planIngest(events, changes, canonical, now, pace)
  await holdEdges(session, rows.lostEdges)
  const pruned = await replace(session, rows)
  const search = searchRows.of(rows)
  await pace.step()
  const [watermark] = await Promise.all([
    write(session, rows, search, now),
    putRuns(session, changes),
    writeAssertions(session, assertions),
  ])
  await keepMarks(session, pruned)
  const isLess = await removeEdges(session, rows.lostEdges)
  // What has other names than before can be found by them.
  const named = found?.named ?? []
  if (named.length > 0) await renewSearchRows(session, searchRows, [...named].sort())
  const edited = await labelAssets(session, searchRows, facts)
  const retired = await writeLifecycle(session, lifecycle)
  const isRemoved = isLess || (found?.isMoved ?? false)
  return { plan: rows, watermark, edited, retired, isRemoved, words: search.words, found }
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

/** A lock for each run, there yet or not: whoever holds it is alone to write the row, until the transaction ends. */
const LOCK = statement(
  'lock runs',
  'SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0)) FROM unnest($1::uuid[]) AS r(id)',
)

/** Each by its id, in whatever plan: one that was made while the table was empty would read it whole for a join. */
const READ = statement(
  'merged of runs',
  `SELECT c.id, (SELECT r.merged FROM run r WHERE r.id = c.id) AS merged FROM unnest($1::uuid[]) AS c(id)`,
)

/** What has been said of runs, which are held from here on: null where nothing has. */
type HeldRuns = { id: string; merged: MergedRun | null }[]

async function holdRuns(session: Session, runIds: readonly string[]): Promise<HeldRuns> {
  if (runIds.length === 0) return []
  // In order, so that nobody waits in a circle.
  const ids = bareArray([...new Set(runIds)].sort())
  // A statement of its own, for it sees what was committed while the locks were waited for.
  const [, held] = await Promise.all([session.run(LOCK, [ids]), session.run<HeldRuns[number]>(READ, [ids])])
  return held
}

/** What has been said of runs, which nobody else can write: null where nothing has. */
export function readRuns(session: Session, runIds: readonly string[]): Promise<HeldRuns> {
  return session.run<HeldRuns[number]>(READ, [bareArray(runIds)])
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
  `INSERT INTO run (id, job_namespace, job_name, job_key, run_id, state, begun_at, started_at, ended_at, nominal_start_at,
     nominal_end_at, error_message, parent_id, root_id, parent, root, dag_id, node_task_id, input_ids, output_ids, merged,
     updated_at)
   SELECT id, "jobNamespace", "jobName", "jobKey", "runId", state, "begunAt", "startedAt", "endedAt", "nominalStartAt",
     "nominalEndAt", "errorMessage", "parentId", "rootId", parent, root, "dagId", "nodeTaskId", "inputIds", "outputIds",
     merged, "updatedAt"
   FROM json_to_recordset($1::json) AS r(id uuid, "jobNamespace" text, "jobName" text, "jobKey" text, "runId" text, state text,
     "begunAt" timestamptz, "startedAt" timestamptz, "endedAt" timestamptz, "nominalStartAt" timestamptz,
     "nominalEndAt" timestamptz, "errorMessage" text, "parentId" uuid, "rootId" uuid, parent jsonb,
     root jsonb, "dagId" text, "nodeTaskId" text, "inputIds" uuid[], "outputIds" uuid[], merged jsonb, "updatedAt" timestamptz)
   ON CONFLICT (id) DO UPDATE SET state = excluded.state,
     begun_at = excluded.begun_at, started_at = excluded.started_at, ended_at = excluded.ended_at,
     nominal_start_at = excluded.nominal_start_at, nominal_end_at = excluded.nominal_end_at,
     error_message = excluded.error_message, parent_id = excluded.parent_id, root_id = excluded.root_id,
     parent = excluded.parent, root = excluded.root, dag_id = excluded.dag_id, node_task_id = excluded.node_task_id,
     input_ids = excluded.input_ids, output_ids = excluded.output_ids, merged = excluded.merged,
     updated_at = excluded.updated_at`,
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
