import type { OtherNames } from '../../lineage/names/asset-names.js'
import { MOST_SHOWN_NAMES } from '../../lineage/names/asset-names.js'
import type { Session } from './database.js'
import { of, perSight, type Seen } from './scopes.js'
import { statement } from './statement.js'

const OTHER_NAMES = perSight('$2', (suffix, _, ifIn) =>
  statement(
    `other names${suffix}`,
    `SELECT "assetId", namespace, key, count FROM (
     SELECT o.id AS "assetId", n.namespace, n.key, count(*) OVER of_asset AS count,
       row_number() OVER (of_asset ORDER BY n.namespace, n.key) AS place
     FROM asset_name o JOIN asset_name n ON n.asset_id = o.asset_id AND n.id <> n.asset_id
     WHERE o.id = ANY($1::uuid[]) ${ifIn('n.namespace')} WINDOW of_asset AS (PARTITION BY o.id)) n
   WHERE place <= ${MOST_SHOWN_NAMES} ORDER BY "assetId", place`,
  ),
)

/** The other names of each asset that are in some namespaces; of an alias those of the asset that it stands for. */
export async function findOtherNames(
  session: Session,
  assetIds: readonly string[],
  seen: Seen,
): Promise<OtherNames[]> {
  const rows = await session.run<{ assetId: string; namespace: string; key: string; count: bigint | number }>(
    ...of(OTHER_NAMES, [assetIds], seen),
  )
  const names = new Map(assetIds.map((id): [string, OtherNames] => [id, { first: [], count: 0 }]))
  for (const { assetId, namespace, key, count } of rows) {
    const { first = [] } = names.get(assetId) ?? {}
    names.set(assetId, { first: [...first, { namespace, key }], count: Number(count) })
  }
  return assetIds.map((id) => names.get(id) ?? { first: [], count: 0 })
}
