import type { Asset } from '../../lineage/entities.js'
import { findAssets } from './asset-queries.js'
import type { Database, Session } from './database.js'
import { statement } from './statement.js'

/** Others learn of it by this; and whoever does the same meanwhile waits. */
const TOUCH = statement(
  'touch asset',
  'UPDATE asset SET transaction_id = pg_current_xact_id() WHERE id = $1 RETURNING id',
)

/** What has been materialized since is not retired any more: that is said before it is retired again. */
const CLOSE_REVIVED = statement(
  'close revived retirements',
  `UPDATE asset_retirement r SET restored_at = (
     SELECT min(m.materialized_at) FROM materialization m
     WHERE m.asset_id = r.asset_id AND m.materialized_at > r.retired_at)
   WHERE r.asset_id = $1 AND r.restored_at IS NULL AND EXISTS (
     SELECT FROM materialization m WHERE m.asset_id = r.asset_id AND m.materialized_at > r.retired_at)`,
)

/** What is told late of an earlier time, with nothing between that time and the one known, is the same retirement. */
const RETIRE_EARLIER = statement(
  'retire asset earlier',
  `UPDATE asset_retirement r SET retired_at = $2
   WHERE r.asset_id = $1 AND r.restored_at IS NULL AND r.retired_at > $2
     AND NOT EXISTS (SELECT FROM asset_retirement o WHERE o.asset_id = $1 AND o.restored_at > $2)
     AND NOT EXISTS (SELECT FROM materialization m
                     WHERE m.asset_id = $1 AND m.materialized_at > $2 AND m.materialized_at <= r.retired_at)`,
)

/** Otherwise it reaches to where it was known to be retired. */
const RETIRE = statement(
  'retire asset',
  `INSERT INTO asset_retirement (asset_id, retired_at, restored_at)
   SELECT $1, $2, (SELECT r.retired_at FROM asset_retirement r
                   WHERE r.asset_id = $1 AND r.restored_at IS NULL AND r.retired_at > $2)
   WHERE NOT EXISTS (SELECT FROM asset_retirement r
                     WHERE r.asset_id = $1 AND r.retired_at <= $2 AND (r.restored_at > $2) IS NOT FALSE)
   ON CONFLICT (asset_id, retired_at) DO UPDATE SET restored_at = excluded.restored_at`,
)

const RESTORE = statement(
  'restore asset',
  `UPDATE asset_retirement SET restored_at = $2
   WHERE asset_id = $1 AND retired_at <= $2 AND (restored_at > $2) IS NOT FALSE`,
)

/** An asset is not there any more, from a time on; null where it is not recorded. */
export function retireAsset(database: Database, assetId: string, at: Date): Promise<Asset | null> {
  return changed(database, assetId, (session) => retire(session, assetId, at))
}

/** The same within a transaction that has written the asset. */
export async function retireWritten(session: Session, assetId: string, at: Date): Promise<void> {
  await session.run(TOUCH, [assetId])
  await retire(session, assetId, at)
}

async function retire(session: Session, assetId: string, at: Date): Promise<void> {
  await session.run(CLOSE_REVIVED, [assetId])
  await session.run(RETIRE_EARLIER, [assetId, at])
  await session.run(RETIRE, [assetId, at])
}

/** A retired asset is there again, from a time on; null where it is not recorded. */
export function restoreAsset(database: Database, assetId: string, at: Date): Promise<Asset | null> {
  return changed(database, assetId, async (session) => void (await session.run(RESTORE, [assetId, at])))
}

function changed(
  database: Database,
  assetId: string,
  change: (session: Session) => Promise<void>,
): Promise<Asset | null> {
  return database.transaction(async (session) => {
    if ((await session.run(TOUCH, [assetId])).length === 0) return null
    await change(session)
    return (await findAssets(session, [assetId]))[0] ?? null
  })
}
