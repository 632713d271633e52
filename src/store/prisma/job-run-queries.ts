import { Prisma } from '../../../prisma/generated/client.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Materialization } from '../../lineage/entities.js'
import { runIdOf } from '../../lineage/openlineage/run-id.js'
import type { Run } from '../../lineage/openlineage/run-outcome.js'
import type {
  Counted,
  DatasetsRequest,
  MaterializationPosition,
  PageRequest,
  RunFilter,
  RunPosition,
} from '../store.js'
import type { Database, Session } from './database.js'
import { inOrderOf, MATERIALIZATION_COLUMNS } from './rows.js'
import { of, perSight, type Seen } from './scopes.js'
import { statement } from './statement.js'

/** The columns of a run, from `run x`. */
const RUN_COLUMNS = `x.id, x.job_namespace AS "jobNamespace", x.job_name AS "jobName", x.run_id AS "runId", x.state,
  x.begun_at AS "begunAt", x.started_at AS "startedAt", x.ended_at AS "endedAt",
  x.nominal_start_at AS "nominalStartAt", x.nominal_end_at AS "nominalEndAt", x.error_message AS "errorMessage",
  x.parent, x.root, x.dag_id AS "dagId", x.node_task_id AS "nodeTaskId"`

/** Behind nothing: newer than anything that is kept. */
const NEWEST = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] as const

const BY_IDS = statement(
  'runs by id',
  `SELECT ${RUN_COLUMNS} FROM unnest($1::uuid[]) AS r(id) JOIN run x ON x.id = r.id`,
)

/** In the order of `ids`; null where there is none. */
export async function findRuns(session: Session, ids: readonly string[]): Promise<(Run | null)[]> {
  const rows = await session.run<Row<Run>>(BY_IDS, [ids])
  return inOrderOf(
    ids,
    rows,
    ({ id }) => id,
    (id) => id,
  )
}

/** Newest first: the first `count` behind `after`. */
export function listRuns(
  database: Database,
  filter: RunFilter,
  { after, count }: PageRequest<RunPosition>,
  seen: Seen,
): Promise<Run[]> {
  const conditions = conditionsOf(filter, seen)
  if (after !== null)
    conditions.push(Prisma.sql`(x.begun_at, x.id) < (${after.begunAt}::timestamptz, ${after.id}::uuid)`)
  return database.runComposed<Row<Run>>(Prisma.sql`
    SELECT ${Prisma.raw(RUN_COLUMNS)} FROM run x WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY x.begun_at DESC, x.id DESC LIMIT ${count}`)
}

/** How many runs the filter leaves. */
export async function countRuns(database: Database, filter: RunFilter, seen: Seen): Promise<number> {
  const conditions = conditionsOf(filter, seen)
  const [row] = await database.runComposed<{ total: number }>(
    Prisma.sql`SELECT count(*)::int AS total FROM run x WHERE ${Prisma.join(conditions, ' AND ')}`,
  )
  return row?.total ?? 0
}

function conditionsOf(
  { jobNamespace, jobName, dagId, state, since, until, parent }: RunFilter,
  seen: Seen,
): Prisma.Sql[] {
  const conditions = [Prisma.sql`true`]
  if (seen !== null) conditions.push(Prisma.sql`x.job_namespace = ANY(${seen}::text[])`)
  if (jobNamespace !== undefined) conditions.push(Prisma.sql`x.job_namespace = ${jobNamespace}`)
  if (jobNamespace !== undefined && jobName !== undefined) {
    const jobKey = sortKeyOf({ namespace: jobNamespace, key: jobName })
    conditions.push(Prisma.sql`x.job_key = ${jobKey} AND x.job_name = ${jobName}`)
  }
  if (dagId !== undefined) conditions.push(Prisma.sql`x.dag_id = ${dagId}`)
  if (state !== undefined) conditions.push(Prisma.sql`x.state = ${state}`)
  if (since !== undefined) conditions.push(Prisma.sql`x.begun_at >= ${since}::timestamptz`)
  if (until !== undefined) conditions.push(Prisma.sql`x.begun_at < ${until}::timestamptz`)
  if (parent !== undefined) conditions.push(Prisma.sql`x.parent_id = ${runIdOf(parent)}::uuid`)
  return conditions
}

/** The ids first, as in findHistories. */
const CHILDREN = perSight('$5', (suffix, _, ifIn) =>
  statement(
    `children of runs${suffix}`,
    `WITH page AS MATERIALIZED (
     SELECT r.id AS parent_id, unnest(ARRAY(
       SELECT n.id FROM run n WHERE n.parent_id = r.id AND (n.begun_at, n.id) < ($2::timestamptz, $3::uuid)
         ${ifIn('n.job_namespace')}
       ORDER BY n.begun_at DESC, n.id DESC LIMIT $4)) AS id
     FROM unnest($1::uuid[]) AS r(id)
   )
   SELECT p.parent_id AS "ofId", ${RUN_COLUMNS} FROM page p JOIN run x ON x.id = p.id
   ORDER BY x.begun_at DESC, x.id DESC`,
  ),
)

/** The runs that name each as their parent, newest first: the first `count` behind `after`. */
export async function findChildRuns(
  session: Session,
  ids: readonly string[],
  { after, count }: PageRequest<RunPosition>,
  seen: Seen,
): Promise<Run[][]> {
  const behind = after === null ? NEWEST : [after.begunAt, after.id]
  const rows = await session.run<Row<Run> & { ofId: string }>(...of(CHILDREN, [ids, ...behind, count], seen))
  return grouped(ids, rows, ({ ofId }) => ofId)
}

const COUNT_CHILDREN = perSight('$2', (suffix, _, ifIn) =>
  statement(
    `number of children of runs${suffix}`,
    `SELECT n.parent_id AS "ofId", count(*)::int AS total FROM run n WHERE n.parent_id = ANY($1::uuid[])
   ${ifIn('n.job_namespace')} GROUP BY n.parent_id`,
  ),
)

/** How many runs name each as their parent. */
export function countChildRuns(session: Session, ids: readonly string[], seen: Seen): Promise<number[]> {
  return counted(session, COUNT_CHILDREN, ids, seen)
}

/** All that a run has made is looked up for a page of it: that is as much as its events have named. */
const MADE = perSight('$5', (suffix, ifSeen) =>
  statement(
    `materializations of runs${suffix}`,
    `SELECT ${MATERIALIZATION_COLUMNS}
   FROM (
     SELECT n.*, row_number() OVER (PARTITION BY n.run_id ORDER BY n.materialized_at DESC, n.id DESC) AS place
     FROM materialization n
     WHERE n.run_id = ANY($1::uuid[]) AND (n.materialized_at, n.id) < ($2::timestamptz, $3::uuid)
       ${ifSeen('n.asset_id')}) m
   WHERE m.place <= $4
   ORDER BY m.materialized_at DESC, m.id DESC`,
  ),
)

/** What each run has made, newest first: the first `count` behind `after`. */
export async function findMadeByRuns(
  session: Session,
  ids: readonly string[],
  { after, count }: PageRequest<MaterializationPosition>,
  seen: Seen,
): Promise<Materialization[][]> {
  const behind = after === null ? NEWEST : [after.materializedAt, after.materializationId]
  const rows = await session.run<Row<Materialization>>(...of(MADE, [ids, ...behind, count], seen))
  return grouped(ids, rows, ({ runId }) => runId)
}

const COUNT_MADE = perSight('$2', (suffix, ifSeen) =>
  statement(
    `number of materializations of runs${suffix}`,
    `SELECT n.run_id AS "ofId", count(*)::int AS total FROM materialization n WHERE n.run_id = ANY($1::uuid[])
   ${ifSeen('n.asset_id')} GROUP BY n.run_id`,
  ),
)

/** How many materializations each run has made. */
export function countMadeByRuns(session: Session, ids: readonly string[], seen: Seen): Promise<number[]> {
  return counted(session, COUNT_MADE, ids, seen)
}

/**
 * Of what several names in a list stand for, once, where the first of them is. Nothing is ever taken from these lists:
 * what was shown last is still in them, and what is behind it is the rest.
 */
const datasetsOf = (column: 'input_ids' | 'output_ids') =>
  perSight('$4', (suffix, ifSeen) =>
    statement(
      `${column} of runs${suffix}`,
      `SELECT x.id, cardinality(d.ids) AS total, d.ids[b.before + 1:b.before + $3]::text[] AS items
     FROM run x CROSS JOIN LATERAL (
       SELECT ARRAY(SELECT COALESCE(n.asset_id, u.id) FROM unnest(x.${column}) WITH ORDINALITY AS u(id, place)
                    LEFT JOIN asset_name n ON n.id = u.id
                    WHERE true ${ifSeen('COALESCE(n.asset_id, u.id)')} GROUP BY 1 ORDER BY min(u.place)) AS ids) d
     CROSS JOIN LATERAL (SELECT COALESCE(array_position(d.ids, COALESCE(
       (SELECT n.asset_id FROM asset_name n WHERE n.id = $2::uuid), $2::uuid)), 0) AS before) b
     WHERE x.id = ANY($1::uuid[])`,
    ),
  )

const DATASETS = { INPUTS: datasetsOf('input_ids'), OUTPUTS: datasetsOf('output_ids') }

/** The ids of the assets that each run is said to use, or to make, in the order of their names. */
export async function findDatasetsOfRuns(
  session: Session,
  ids: readonly string[],
  { side, page: { after, count } }: DatasetsRequest,
  seen: Seen,
): Promise<Counted<string>[]> {
  const rows = await session.run<Counted<string> & { id: string }>(
    ...of(DATASETS[side], [ids, after, count], seen),
  )
  const found = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => found.get(id) ?? { items: [], total: 0 })
}

type Row<Entity> = Entity & Record<string, unknown>

async function counted(
  session: Session,
  count: typeof COUNT_CHILDREN,
  ids: readonly string[],
  seen: Seen,
): Promise<number[]> {
  const rows = await session.run<{ ofId: string; total: number }>(...of(count, [ids], seen))
  const totals = new Map(rows.map(({ ofId, total }) => [ofId, total]))
  return ids.map((id) => totals.get(id) ?? 0)
}

function grouped<Item>(
  ids: readonly string[],
  items: readonly Item[],
  keyOf: (item: Item) => string | null,
): Item[][] {
  const groups = new Map<string | null, Item[]>(ids.map((id) => [id, []]))
  for (const item of items) groups.get(keyOf(item))?.push(item)
  return ids.map((id) => groups.get(id) ?? [])
}
