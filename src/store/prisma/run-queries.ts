import { nodeConfigIdOf } from '../../lineage/config/node-config.js'
import type { MadeAsset } from '../../lineage/config/node-status.js'
import type { Materialization } from '../../lineage/entities.js'
import type { Session } from './database.js'
import { MATERIALIZATION_COLUMNS } from './rows.js'
import { of, perSight, type Seen } from './scopes.js'
import { statement } from './statement.js'

/** How many of a node's materializations, the newest, tell what it makes and what it uses. */
const OF_LATE = 1_000

const MADE = statement(
  'made in run',
  `SELECT node_task_id AS "nodeTaskId", asset_id AS "assetId", max(materialized_at) AS "lastMaterializedAt"
   FROM materialization
   WHERE dag_id = $1 AND node_task_id IS NOT NULL AND ($2::text IS NULL OR node_task_id = $2)
   GROUP BY node_task_id, asset_id`,
)

/** What each node of a run, or one of them, has made: each asset once. */
export function findMadeInRun(
  session: Session,
  dagId: string,
  nodeTaskId: string | null,
): Promise<MadeAsset[]> {
  return session.run<MadeAsset & Record<string, unknown>>(MADE, [dagId, nodeTaskId])
}

const latestOfRun = (name: string, condition: string) =>
  statement(
    `latest in run ${name}`,
    `SELECT DISTINCT ON (m.asset_id, m.partition_key) ${MATERIALIZATION_COLUMNS}
     FROM materialization m WHERE m.dag_id = $1 AND ${condition}
     ORDER BY m.asset_id, m.partition_key, m.materialized_at DESC, m.id DESC`,
  )

const LATEST_OF_NODES = latestOfRun('of nodes', 'm.node_task_id = ANY($2::text[])')
const LATEST_OF_ASSETS = latestOfRun('of assets', 'm.asset_id = ANY($2::uuid[])')

/** The latest in a run of each slice: of what some nodes made there, or of some assets. */
export function findLatestInRun(
  session: Session,
  dagId: string,
  what: { nodeTaskIds: readonly string[] } | { assetIds: readonly string[] },
): Promise<Materialization[]> {
  type Row = Materialization & Record<string, unknown>
  return 'assetIds' in what
    ? session.run<Row>(LATEST_OF_ASSETS, [dagId, what.assetIds])
    : session.run<Row>(LATEST_OF_NODES, [dagId, what.nodeTaskIds])
}

const MADE_BY = statement(
  'assets made by nodes',
  `SELECT e.asset_id AS "assetId" FROM expected_asset e WHERE e.node_config_id = ANY($2::uuid[])
   UNION
   SELECT m.asset_id FROM unnest($1::text[]) AS r(node_task_id)
   CROSS JOIN LATERAL (
     SELECT n.asset_id FROM materialization n WHERE n.node_task_id = r.node_task_id
     ORDER BY n.materialized_at DESC, n.id DESC LIMIT ${OF_LATE}) m`,
)

/** The assets that some nodes are registered for, for every run, or have made of late, in whatever run. */
export async function findAssetsMadeBy(session: Session, nodeTaskIds: readonly string[]): Promise<string[]> {
  const configIds = nodeTaskIds.map((name) => nodeConfigIdOf(null, name))
  const rows = await session.run<{ assetId: string }>(MADE_BY, [nodeTaskIds, configIds])
  return rows.map(({ assetId }) => assetId)
}

const USED_BY = perSight('$2', (suffix, ifSeen) =>
  statement(
    `assets used by a node${suffix}`,
    `SELECT DISTINCT i.upstream_id AS "assetId"
   FROM (SELECT n.asset_id, n.id FROM materialization n WHERE n.node_task_id = $1 ${ifSeen('n.asset_id')}
         ORDER BY n.materialized_at DESC, n.id DESC LIMIT ${OF_LATE}) m
   JOIN materialization_input i ON i.asset_id = m.asset_id AND i.materialization_id = m.id`,
  ),
)

/** The assets that a node has used of late, in whatever run; where not all may be seen, for what it made that may be. */
export async function findAssetsUsedBy(session: Session, nodeTaskId: string, seen: Seen): Promise<string[]> {
  const rows = await session.run<{ assetId: string }>(...of(USED_BY, [nodeTaskId], seen))
  return rows.map(({ assetId }) => assetId)
}
