import type { AssetRef } from '../../lineage/asset-ref.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

const OTHER_NAMES = statement(
  'other names',
  `SELECT o.id AS "assetId", n.namespace, n.key FROM asset_name o
   JOIN asset_name n ON n.asset_id = o.asset_id AND n.id <> n.asset_id
   WHERE o.id = ANY($1::uuid[]) ORDER BY n.namespace, n.key`,
)

/** The other names of each asset, in the order (namespace, key); of an alias those of the asset that it stands for. */
export async function findOtherNames(session: Session, assetIds: readonly string[]): Promise<AssetRef[][]> {
  const rows = await session.run<{ assetId: string; namespace: string; key: string }>(OTHER_NAMES, [assetIds])
  const names = new Map(assetIds.map((id): [string, AssetRef[]] => [id, []]))
  for (const { assetId, namespace, key } of rows) names.get(assetId)?.push({ namespace, key })
  return assetIds.map((id) => names.get(id) ?? [])
}
