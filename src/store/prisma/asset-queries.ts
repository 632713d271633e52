import type { Asset } from '../../lineage/entities.js'
import type { Session } from './database.js'
import { ASSET_COLUMNS, ASSET_JOINS, inOrderOf } from './rows.js'
import { statement } from './statement.js'

const BY_IDS = statement(
  'assets by id',
  `SELECT ${ASSET_COLUMNS} FROM unnest($1::uuid[]) AS r(id)
   JOIN asset a ON a.id = r.id ${ASSET_JOINS}`,
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
