import type { Asset } from '../../lineage/entities.js'
import { toldIdOf } from '../../lineage/lifecycle.js'
import type { LifecyclePlan } from '../../lineage/openlineage/plan-lifecycle.js'
import { bareArray, instantArray } from './array-literals.js'
import { findAssets, touchAssets } from './asset-queries.js'
import type { Database, Session } from './database.js'
import { holdNames } from './name-guard.js'
import { statement } from './statement.js'

const PUT = statement(
  'put lifecycle',
  `INSERT INTO asset_lifecycle (asset_id, id, run_id, is_retired, since)
   SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::timestamptz[])
   ON CONFLICT (asset_id, id) DO UPDATE SET is_retired = excluded.is_retired, since = excluded.since`,
)

const FORGET = statement(
  'forget lifecycle',
  `DELETE FROM asset_lifecycle l USING unnest($1::uuid[], $2::uuid[]) AS r(asset_id, id)
   WHERE l.asset_id = r.asset_id AND l.id = r.id`,
)

/** Writes what has changed, of assets that this transaction has written; answers with them. */
export async function writeLifecycle(session: Session, { put, gone }: LifecyclePlan): Promise<string[]> {
  const assetIds = [...new Set([...put, ...gone].map(({ assetId }) => assetId))]
  if (assetIds.length === 0) return []
  await touchAssets(session, assetIds)
  if (put.length > 0)
    await session.run(PUT, [
      bareArray(put.map(({ assetId }) => assetId)),
      bareArray(put.map(({ id }) => id)),
      bareArray(put.map(({ runId }) => runId ?? 'NULL')),
      bareArray(put.map(({ isRetired }) => String(isRetired))),
      instantArray(put.map(({ since }) => since)),
    ])
  if (gone.length > 0)
    await session.run(FORGET, [
      bareArray(gone.map(({ assetId }) => assetId)),
      bareArray(gone.map(({ id }) => id)),
    ])
  return assetIds
}

/** Somebody says that an asset is retired, or that it is not, from a time on; null where it is not recorded. */
export function tellOfLifecycle(
  database: Database,
  assetId: string,
  isRetired: boolean,
  since: Date,
): Promise<Asset | null> {
  return database.transaction(async (session) => {
    const change = { assetId, id: toldIdOf(since), runId: null, isRetired, since }
    // What is there is not moved until this is committed.
    const [, [asset = null]] = await Promise.all([holdNames(session), findAssets(session, [assetId])])
    if (asset === null) return null
    await writeLifecycle(session, { put: [change], gone: [] })
    return (await findAssets(session, [assetId]))[0] ?? null
  })
}
