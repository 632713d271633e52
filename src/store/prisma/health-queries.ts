import type { AssetHealth } from '../store.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

const COUNTED = `SELECT asset_id AS "assetId", count(DISTINCT dag_id)::int AS "dagCount",
     count(*) AS "materializationCount", max(materialized_at) AS "lastMaterializedAt"
   FROM materialization WHERE materialized_at > $1 GROUP BY asset_id`

/** Reads one index, from `since` to its end, and nothing else. */
const HEALTH = statement('asset health', `${COUNTED} ORDER BY count(*) DESC, asset_id LIMIT $2`)

/** The namespace is looked up of what was counted alone: a join would read all assets. */
const HEALTH_OF_NAMESPACE = statement(
  'asset health of a namespace',
  `SELECT h.* FROM (${COUNTED}) h WHERE (SELECT a.namespace FROM asset a WHERE a.id = h."assetId") = $3
   ORDER BY h."materializationCount" DESC, h."assetId" LIMIT $2`,
)

/** Most materialized first: what has been materialized after `since`, of all namespaces or of one. */
export function findAssetHealth(
  session: Session,
  since: Date,
  count: number,
  namespace: string | null,
): Promise<AssetHealth[]> {
  return namespace === null
    ? session.run<AssetHealth & Record<string, unknown>>(HEALTH, [since, count])
    : session.run<AssetHealth & Record<string, unknown>>(HEALTH_OF_NAMESPACE, [since, count, namespace])
}
