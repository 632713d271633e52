import type { AssetHealth } from '../store.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

/** Reads one index, from `since` to its end, and nothing else. */
const HEALTH = statement(
  'asset health',
  `SELECT asset_id AS "assetId", count(DISTINCT dag_id)::int AS "dagCount", count(*) AS "materializationCount",
     max(materialized_at) AS "lastMaterializedAt"
   FROM materialization WHERE materialized_at > $1
   GROUP BY asset_id ORDER BY count(*) DESC, asset_id LIMIT $2`,
)

/** Most materialized first: what has been materialized after `since`. */
export function findAssetHealth(session: Session, since: Date, count: number): Promise<AssetHealth[]> {
  return session.run<AssetHealth & Record<string, unknown>>(HEALTH, [since, count])
}
