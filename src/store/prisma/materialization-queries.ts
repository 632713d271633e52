import {
  type Materialization as MaterializationModel,
  Prisma,
  type PrismaClient,
} from '../../../prisma/generated/client.js'
import type { Materialization, MaterializationRef } from '../../lineage/entities.js'
import type { MaterializationFilter, MaterializationPosition, PageRequest, Slice } from '../store.js'
import type { Database, Session } from './database.js'
import { asObject } from './json.js'
import { inOrderOf, MATERIALIZATION_COLUMNS } from './rows.js'
import { statement } from './statement.js'

const BY_IDS = statement(
  'materializations by id',
  `SELECT ${MATERIALIZATION_COLUMNS} FROM unnest($1::uuid[], $2::uuid[]) AS r(asset_id, id)
   JOIN materialization m ON m.asset_id = r.asset_id AND m.id = r.id`,
)

/** In the order of `refs`; null where there is none. */
export async function findMaterializations(
  session: Session,
  refs: readonly MaterializationRef[],
): Promise<(Materialization | null)[]> {
  const rows = await session.run<Materialization>(BY_IDS, [
    refs.map(({ assetId }) => assetId),
    refs.map(({ materializationId }) => materializationId),
  ])
  const keyOf = ({ assetId, materializationId }: MaterializationRef) => assetId + materializationId
  return inOrderOf(refs, rows, keyOf, keyOf)
}

const LATEST = statement(
  'latest materializations',
  `SELECT NULL::text AS slice, ${MATERIALIZATION_COLUMNS}
   FROM unnest($1::uuid[]) AS r(asset_id)
   JOIN asset_state s ON s.asset_id = r.asset_id
   JOIN materialization m ON m.asset_id = s.asset_id AND m.id = s.latest_id
   UNION ALL
   SELECT l.partition_key AS slice, ${MATERIALIZATION_COLUMNS}
   FROM unnest($2::uuid[], $3::text[]) AS r(asset_id, partition_key)
   JOIN latest_materialization l ON l.asset_id = r.asset_id AND l.partition_key = r.partition_key
   JOIN materialization m ON m.asset_id = l.asset_id AND m.id = l.materialization_id`,
)

/** In the order of `slices`; null where a slice has none. */
export async function findLatest(
  session: Session,
  slices: readonly Slice[],
): Promise<(Materialization | null)[]> {
  const whole = slices.filter(({ partitionKey }) => partitionKey === null)
  const parts = slices.filter(({ partitionKey }) => partitionKey !== null)
  const rows = await session.run<Materialization & { slice: string | null }>(LATEST, [
    whole.map(({ assetId }) => assetId),
    parts.map(({ assetId }) => assetId),
    parts.map(({ partitionKey }) => partitionKey),
  ])
  const keyOf = (assetId: string, slice: string | null) => (slice === null ? assetId : `${assetId}/${slice}`)
  return inOrderOf(
    slices,
    rows,
    ({ assetId, slice }) => keyOf(assetId, slice),
    ({ assetId, partitionKey }) => keyOf(assetId, partitionKey),
  )
}

/** The conditions of a filter on `materialization n`. */
function conditionsOf(filter: MaterializationFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = []
  if (filter.jobId !== undefined) conditions.push(Prisma.sql`n.job_id = ${filter.jobId}`)
  if (filter.dagId !== undefined) conditions.push(Prisma.sql`n.dag_id = ${filter.dagId}`)
  if (filter.nodeTaskId !== undefined) conditions.push(Prisma.sql`n.node_task_id = ${filter.nodeTaskId}`)
  if (filter.partitionKey !== undefined) conditions.push(Prisma.sql`n.partition_key = ${filter.partitionKey}`)
  if (filter.version !== undefined) conditions.push(Prisma.sql`n.version = ${filter.version}`)
  if (filter.since !== undefined)
    conditions.push(Prisma.sql`n.materialized_at >= ${filter.since}::timestamptz`)
  if (filter.until !== undefined)
    conditions.push(Prisma.sql`n.materialized_at < ${filter.until}::timestamptz`)
  return conditions
}

/**
 * Newest first, of each asset: the first `count` behind `after`. The ids first, by themselves: as one statement with
 * their rows PostgreSQL, which takes all assets for alike, would read the whole of a long history to find a page of it.
 */
export async function findHistories(
  database: Database,
  assetIds: readonly string[],
  filter: MaterializationFilter,
  { after, count }: PageRequest<MaterializationPosition>,
): Promise<Materialization[][]> {
  const conditions = [Prisma.sql`n.asset_id = r.asset_id`, ...conditionsOf(filter)]
  if (after !== null) {
    const { materializedAt, materializationId } = after
    conditions.push(
      Prisma.sql`(n.materialized_at, n.id) < (${materializedAt}::timestamptz, ${materializationId}::uuid)`,
    )
  }
  const rows = await database.runComposed<Materialization>(Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT r.asset_id, unnest(ARRAY(
        SELECT n.id FROM materialization n WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY n.materialized_at DESC, n.id DESC LIMIT ${count})) AS id
      FROM unnest(${assetIds}::uuid[]) AS r(asset_id)
    )
    SELECT ${Prisma.raw(MATERIALIZATION_COLUMNS)}
    FROM page p JOIN materialization m ON m.asset_id = p.asset_id AND m.id = p.id
    ORDER BY m.materialized_at DESC, m.id DESC`)
  const histories = new Map(assetIds.map((id): [string, Materialization[]] => [id, []]))
  for (const row of rows) histories.get(row.assetId)?.push(row)
  return assetIds.map((id) => histories.get(id) ?? [])
}

/** How many materializations of each asset the filter leaves. */
export async function countHistories(
  database: Database,
  assetIds: readonly string[],
  filter: MaterializationFilter,
): Promise<number[]> {
  const conditions = [Prisma.sql`n.asset_id = ANY(${assetIds}::uuid[])`, ...conditionsOf(filter)]
  const rows = await database.runComposed<{ assetId: string; total: number }>(Prisma.sql`
    SELECT n.asset_id AS "assetId", count(*)::int AS total FROM materialization n
    WHERE ${Prisma.join(conditions, ' AND ')} GROUP BY n.asset_id`)
  const totals = new Map(rows.map(({ assetId, total }) => [assetId, total]))
  return assetIds.map((assetId) => totals.get(assetId) ?? 0)
}

function whereOf({ since, until, ...equal }: MaterializationFilter): Prisma.MaterializationWhereInput {
  return {
    ...equal,
    materializedAt: {
      ...(since === undefined ? {} : { gte: since }),
      ...(until === undefined ? {} : { lt: until }),
    },
  }
}

/** Newest first, over all assets. */
export async function listMaterializations(
  prisma: PrismaClient,
  filter: MaterializationFilter,
  { after, count }: PageRequest<MaterializationPosition>,
): Promise<Materialization[]> {
  const behind: Prisma.MaterializationWhereInput =
    after === null
      ? {}
      : {
          // Implied by the OR, but this is what the planner can look up.
          materializedAt: { lte: after.materializedAt },
          OR: [
            { materializedAt: { lt: after.materializedAt } },
            { materializedAt: after.materializedAt, id: { lt: after.materializationId } },
          ],
        }
  const rows = await prisma.materialization.findMany({
    where: { AND: [whereOf(filter), behind] },
    orderBy: [{ materializedAt: 'desc' }, { id: 'desc' }],
    take: count,
  })
  return rows.map(fromModel)
}

/** How many materializations of all assets the filter leaves. */
export function countMaterializations(prisma: PrismaClient, filter: MaterializationFilter): Promise<number> {
  return prisma.materialization.count({ where: whereOf(filter) })
}

/**
 * As listMaterializations, of assets in some namespaces, which are looked up one by one: of what is newest, until there
 * are enough.
 */
export function listSeenMaterializations(
  database: Database,
  filter: MaterializationFilter,
  { after, count }: PageRequest<MaterializationPosition>,
  seen: readonly string[],
): Promise<Materialization[]> {
  const conditions = seenConditionsOf(filter, seen)
  if (after !== null) {
    const { materializedAt, materializationId } = after
    conditions.push(
      Prisma.sql`(n.materialized_at, n.id) < (${materializedAt}::timestamptz, ${materializationId}::uuid)`,
    )
  }
  return database.runComposed<Materialization & Record<string, unknown>>(Prisma.sql`
    SELECT ${Prisma.raw(MATERIALIZATION_COLUMNS)} FROM (
      SELECT n.* FROM materialization n WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY n.materialized_at DESC, n.id DESC LIMIT ${count}) m
    ORDER BY m.materialized_at DESC, m.id DESC`)
}

/** How many materializations of assets in some namespaces the filter leaves. */
export async function countSeenMaterializations(
  database: Database,
  filter: MaterializationFilter,
  seen: readonly string[],
): Promise<number> {
  const [row] = await database.runComposed<{ total: number }>(Prisma.sql`
    SELECT count(*)::int AS total FROM materialization n
    WHERE ${Prisma.join(seenConditionsOf(filter, seen), ' AND ')}`)
  return row?.total ?? 0
}

function seenConditionsOf(filter: MaterializationFilter, seen: readonly string[]): Prisma.Sql[] {
  const isSeen = Prisma.sql`(SELECT a.namespace FROM asset a WHERE a.id = n.asset_id) = ANY(${seen}::text[])`
  return [...conditionsOf(filter), isSeen]
}

const NEWEST_WITH_VERSION = statement(
  'newest with version',
  `SELECT ${MATERIALIZATION_COLUMNS} FROM materialization m WHERE m.asset_id = $1 AND m.version = $2
   ORDER BY m.materialized_at DESC, m.id DESC LIMIT 1`,
)

/** The newest of an asset with exactly this version; null where there is none. */
export async function findNewestWithVersion(
  session: Session,
  assetId: string,
  version: string,
): Promise<Materialization | null> {
  const [found] = await session.run<Materialization & Record<string, unknown>>(NEWEST_WITH_VERSION, [
    assetId,
    version,
  ])
  return found ?? null
}

function fromModel({ id, metadata, ...rest }: MaterializationModel): Materialization {
  return { ...rest, materializationId: id, metadata: asObject(metadata) }
}
