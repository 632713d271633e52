import type { Column, ColumnRef } from '../../lineage/columns/column.js'
import type { MaterializationRef } from '../../lineage/entities.js'
import type { Session } from './database.js'
import { inOrderOf } from './rows.js'
import { statement } from './statement.js'

const SCHEMAS = statement(
  'schemas of assets',
  `SELECT s.asset_id AS id, s.columns FROM unnest($1::uuid[]) AS r(id)
   JOIN asset_schema s ON s.asset_id = r.id AND s.hash = (
     SELECT n.hash FROM asset_schema n WHERE n.asset_id = r.id ORDER BY n.stated_at DESC, n.hash DESC LIMIT 1)`,
)

/** The latest schema of each asset, in the order given; empty where nobody has stated one. */
export async function findSchemas(session: Session, assetIds: readonly string[]): Promise<Column[][]> {
  const rows = await session.run<{ id: string; columns: Column[] }>(SCHEMAS, [assetIds])
  return inOrderOf(
    assetIds,
    rows,
    ({ id }) => id,
    (id) => id,
  ).map((row) => row?.columns ?? [])
}

const SCHEMAS_HELD = statement(
  'schemas of materializations',
  `SELECT h.asset_id::text || h.materialization_id AS id, s.columns
   FROM unnest($1::uuid[], $2::uuid[]) AS r(asset_id, materialization_id)
   JOIN materialization_schema h ON h.asset_id = r.asset_id AND h.materialization_id = r.materialization_id
   JOIN asset_schema s ON s.asset_id = h.asset_id AND s.hash = h.hash`,
)

/** The schema of each materialization, in the order given; empty where nobody has stated one. */
export async function findSchemasHeld(
  session: Session,
  refs: readonly MaterializationRef[],
): Promise<Column[][]> {
  const rows = await session.run<{ id: string; columns: Column[] }>(SCHEMAS_HELD, [
    refs.map(({ assetId }) => assetId),
    refs.map(({ materializationId }) => materializationId),
  ])
  return inOrderOf(
    refs,
    rows,
    ({ id }) => id,
    ({ assetId, materializationId }) => assetId + materializationId,
  ).map((row) => row?.columns ?? [])
}

const KNOWN = statement(
  'known column',
  `SELECT (SELECT true FROM asset WHERE id = $1) IS TRUE AS "isAssetKnown",
     (SELECT true FROM asset_column WHERE asset_id = $1 AND name = $2) IS TRUE AS "isKnown"`,
)

/** Whether an asset has been heard of, and whether its column has. */
export async function findKnown(
  session: Session,
  { assetId, column }: ColumnRef,
): Promise<{ isAssetKnown: boolean; isKnown: boolean }> {
  const [row] = await session.run<{ isAssetKnown: boolean; isKnown: boolean }>(KNOWN, [assetId, column])
  return row ?? { isAssetKnown: false, isKnown: false }
}
