import type { Prisma, PrismaClient } from '../../../prisma/generated/client.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset } from '../../lineage/entities.js'
import type { AssetName } from '../../lineage/walk/graph-reader.js'
import type { AssetChanges, AssetFilter, PageRequest } from '../store.js'
import type { Session } from './database.js'
import { asObject } from './json.js'
import { ASSET_COLUMNS, inOrderOf } from './rows.js'
import { statement } from './statement.js'

const BY_IDS = statement(
  'assets by id',
  `SELECT ${ASSET_COLUMNS} FROM unnest($1::uuid[]) AS r(id)
   JOIN asset a ON a.id = r.id JOIN asset_state s ON s.asset_id = a.id`,
)

/** In the order of `ids`; null where there is none. */
export async function findAssets(session: Session, ids: readonly string[]): Promise<(Asset | null)[]> {
  const rows = await session.run<Asset>(BY_IDS, [ids])
  return inOrderOf(
    ids,
    rows,
    ({ assetId }) => assetId,
    (id) => id,
  )
}

/** A description counts from `now` on, but for what a recording has said of a later time. */
const UPDATE = statement(
  'update asset',
  `WITH named AS (
     UPDATE asset SET tags = COALESCE($6::jsonb, tags), owners = COALESCE($7::text[], owners),
       transaction_id = pg_current_xact_id()
     WHERE id = $1
   )
   UPDATE asset_state SET
     kind = COALESCE($3::text, kind),
     kind_at = CASE WHEN $3::text IS NULL THEN kind_at ELSE GREATEST(kind_at, $2) END,
     kinds = COALESCE($4::text[], kinds),
     kinds_at = CASE WHEN $4::text[] IS NULL THEN kinds_at ELSE GREATEST(kinds_at, $2) END,
     description = CASE WHEN $5::text IS NULL THEN description ELSE NULLIF($5, '') END,
     description_at = CASE WHEN $5::text IS NULL THEN description_at ELSE GREATEST(description_at, $2) END,
     updated_at = GREATEST(updated_at, $2)
   WHERE asset_id = $1`,
)

/** Changes what is said of an asset; null where it is not there. */
export async function updateAsset(
  session: Session,
  assetId: string,
  { kind, kinds, description, tags, owners }: AssetChanges,
  now: Date,
): Promise<Asset | null> {
  await session.run(UPDATE, [
    assetId,
    now,
    kind ?? null,
    kinds ?? null,
    description ?? null,
    tags === undefined ? null : JSON.stringify(tags),
    owners ?? null,
  ])
  return (await findAssets(session, [assetId]))[0] ?? null
}

/** In the order (namespace, key). */
export async function listAssets(
  prisma: PrismaClient,
  filter: AssetFilter,
  { after, count }: PageRequest<AssetName>,
): Promise<Asset[]> {
  const behind: Prisma.AssetWhereInput =
    after === null
      ? {}
      : {
          // Implied by the OR, but this is what the index is on.
          sortKey: { gte: sortKeyOf(after) },
          OR: [
            { namespace: { gt: after.namespace } },
            { namespace: after.namespace, key: { gt: after.key } },
          ],
        }
  const rows = await prisma.asset.findMany({
    where: { AND: [whereOf(filter), behind] },
    orderBy: [{ sortKey: 'asc' }, { namespace: 'asc' }, { key: 'asc' }],
    take: count,
    include: { state: true },
  })
  return rows.flatMap(({ id, tags, state, ...asset }) =>
    state === null ? [] : { ...asset, ...state, assetId: id, tags: asObject(tags) },
  )
}

/** The length of the whole list. */
export function countAssets(prisma: PrismaClient, filter: AssetFilter): Promise<number> {
  return prisma.asset.count({ where: whereOf(filter) })
}

function whereOf({ namespace, keys, keyPrefix, kinds, search }: AssetFilter): Prisma.AssetWhereInput {
  const conditions: Prisma.AssetWhereInput[] = []
  // Every name of a namespace begins with it and U+0001, and the next character ends the range: see sortKeyOf.
  if (namespace !== undefined) {
    conditions.push({ sortKey: { gte: `${namespace}\u0001`, lt: `${namespace}\u0002` } })
  }
  if (keys !== undefined) conditions.push({ key: { in: [...keys] } })
  if (keyPrefix !== undefined) conditions.push({ key: { startsWith: literally(keyPrefix) } })
  if (search !== undefined) conditions.push({ key: { contains: literally(search), mode: 'insensitive' } })
  if (kinds !== undefined) conditions.push({ state: { kind: { in: [...kinds] } } })
  return { AND: conditions }
}

/** Prisma hands the text to LIKE as it is. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
