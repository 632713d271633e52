import type { Asset } from '../../lineage/entities.js'
import type { Session } from './database.js'
import { ASSET_COLUMNS, ASSET_JOINS, inOrderOf } from './rows.js'
import { statement } from './statement.js'

const BY_IDS = statement(
  'assets by id',
  `SELECT ${ASSET_COLUMNS} FROM unnest($1::uuid[]) AS r(id)
   JOIN asset a ON a.id = r.id ${ASSET_JOINS}`,
)

const TOUCH = statement(
  'touch assets',
  `UPDATE asset a SET transaction_id = pg_current_xact_id()
   FROM (SELECT id FROM asset WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE) r WHERE a.id = r.id`,
)

/** Tells other servers that the rows of these assets are not what they were; whoever does the same meanwhile waits. */
export async function touchAssets(session: Session, ids: readonly string[]): Promise<void> {
  await session.run(TOUCH, [ids])
}

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
