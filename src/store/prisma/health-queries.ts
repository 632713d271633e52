import type { AssetHealth } from '../store.js'
import type { Session } from './database.js'
import type { Seen } from './scopes.js'
import { statement } from './statement.js'

const COUNTED = `SELECT asset_id AS "assetId", count(DISTINCT dag_id)::int AS "dagCount",
     count(*) AS "materializationCount", max(materialized_at) AS "lastMaterializedAt"
   FROM materialization WHERE materialized_at > $1 GROUP BY asset_id`

/** Reads one index, from `since` to its end, and nothing else. */
const HEALTH = statement('asset health', `${COUNTED} ORDER BY count(*) DESC, asset_id LIMIT $2`)

/** Namespaces are looked up of what was counted alone: a join would read all assets. */
const HEALTH_OF_NAMESPACES = statement(
  'asset health of namespaces',
  `SELECT h.* FROM (${COUNTED}) h WHERE (SELECT a.namespace FROM asset a WHERE a.id = h."assetId") = ANY($3::text[])
   ORDER BY h."materializationCount" DESC, h."assetId" LIMIT $2`,
)

/** Most materialized first: what has been materialized after `since`, of all namespaces or of some. */
export function findAssetHealth(
  session: Session,
  since: Date,
  count: number,
  namespaces: Seen,
): Promise<AssetHealth[]> {
  return namespaces === null
    ? session.run<AssetHealth & Record<string, unknown>>(HEALTH, [since, count])
    : session.run<AssetHealth & Record<string, unknown>>(HEALTH_OF_NAMESPACES, [since, count, namespaces])
}
