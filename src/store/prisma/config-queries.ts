import { demandOfAssets, demandUnnamed } from '../../lineage/access/demand.js'
import { sortKeyOf } from '../../lineage/asset-ref.js'
import { type NodeConfig, nodeConfigIdOf } from '../../lineage/config/node-config.js'
import type { RegisteredNode } from '../../lineage/config/node-status.js'
import { inferKind } from '../../lineage/kind.js'
import { renamedIn } from '../../lineage/names/renamed.js'
import type { AssetRow, StateRow } from '../../lineage/recording/write-plan.js'
import { compareCodePoints } from '../../util/code-points.js'
import type { AssetNames } from './asset-names.js'
import { touchAssets } from './asset-queries.js'
import type { Database, Session } from './database.js'
import { holdNames } from './name-guard.js'
import { retried } from './retry.js'
import type { SearchRows } from './search-rows.js'
import { statement } from './statement.js'
import { writeAssets } from './write-sql.js'

const NODES = `INSERT INTO node_config (id, dag_id, node_task_id, dag_name, upstream_nodes, registered_at)
   SELECT id, "dagId", "nodeTaskId", "dagName", "upstreamNodes", $2::timestamptz
   FROM json_to_recordset($1::json) AS r(id uuid, "dagId" text, "nodeTaskId" text, "dagName" text, "upstreamNodes" text[])
   ORDER BY id`

/** First of all: who registers the same node waits here. */
const PUT_NODES = statement(
  'put node configs',
  `${NODES} ON CONFLICT (id) DO UPDATE SET dag_name = excluded.dag_name, upstream_nodes = excluded.upstream_nodes,
     registered_at = excluded.registered_at RETURNING id`,
)

const ADD_NODES = statement('add node configs', `${NODES} ON CONFLICT (id) DO NOTHING RETURNING id`)

const FORGET_EXPECTED = statement(
  'forget expected assets',
  'DELETE FROM expected_asset WHERE node_config_id = ANY($1::uuid[])',
)

const PUT_EXPECTED = statement(
  'put expected assets',
  `INSERT INTO expected_asset (node_config_id, asset_id, position, is_primary, is_required, metadata)
   SELECT "nodeConfigId", "assetId", position, "isPrimary", "isRequired", metadata
   FROM json_to_recordset($1::json) AS r("nodeConfigId" uuid, "assetId" uuid, position int, "isPrimary" boolean,
     "isRequired" boolean, metadata jsonb)`,
)

/**
 * Takes the place of all that was registered of these nodes, or adds those of which nothing was. Answers with those it
 * has registered. Six statements, whatever their number.
 */
export function registerNodes(
  database: Database,
  searchRows: SearchRows,
  names: AssetNames,
  named: readonly NodeConfig[],
  now: Date,
  unlessRegistered: boolean,
): Promise<NodeConfig[]> {
  return retried(
    () =>
      database.transaction(async (session) => {
        for (const { by, assets } of named)
          if (by !== undefined) demandOfAssets(by, { written: assets, read: [] }, names.canonical)
        const nodes = named.map((node) => ({ ...node, assets: ownNames(node.assets, names) }))
        const [, rows] = await Promise.all([
          holdNames(session),
          session.run<{ id: string }>(unlessRegistered ? ADD_NODES : PUT_NODES, [
            JSON.stringify(nodes.map(({ assets: _, by: __, ...node }) => node)),
            now,
          ]),
        ])
        const ids = new Set(rows.map(({ id }) => id))
        await checkReplaced(session, named, ids)
        const put = nodes.filter(({ id }) => ids.has(id))
        if (put.length === 0) return put
        const { assets, states } = assetRowsOf(put, now)
        await session.run(FORGET_EXPECTED, [put.map(({ id }) => id)])
        await session.run(PUT_EXPECTED, [JSON.stringify(expectedRowsOf(put))])
        await writeAssets(session, assets, states, searchRows.of({ assets, states }), now)
        await touchAssets(
          session,
          assets.map(({ id }) => id),
        )
        return put
      }),
    names.mended(database),
  )
}

/**
 * Names of nodes are everybody's: of one that is registered with assets of others only they may say otherwise, for a single
 * DAG run too.
 */
async function checkReplaced(
  session: Session,
  nodes: readonly NodeConfig[],
  ids: ReadonlySet<string>,
): Promise<void> {
  const by = nodes.find((node) => node.by !== undefined)?.by
  if (by === undefined) return
  const ofEveryRun = nodes.map(({ nodeTaskId }) => nodeConfigIdOf(null, nodeTaskId))
  const looked = [...new Set([...ids, ...ofEveryRun])]
  for (const { namespace } of await session.run<RegisteredRow>(REGISTERED, [looked, null]))
    if (namespace !== null) demandUnnamed(by, 'RECORD', namespace)
}

/** By the names of the assets themselves. */
function ownNames(assets: NodeConfig['assets'], names: AssetNames): NodeConfig['assets'] {
  const own = new Map<string, ExpectedAsset>()
  for (const asset of assets.map((one) => renamedIn(one, names.canonical))) {
    const first = own.get(asset.assetId)
    own.set(asset.assetId, first === undefined ? asset : expectedOnce(first, asset))
  }
  return [...own.values()]
}

type ExpectedAsset = NodeConfig['assets'][number]

/** One asset under two names, as if the names had become one later: where the first stands, and all that either asks. */
function expectedOnce(first: ExpectedAsset, second: ExpectedAsset): ExpectedAsset {
  const greater = (one: string | null, other: string | null) =>
    one !== null && (other === null || compareCodePoints(one, other) > 0) ? one : other
  const kinds = [first.kinds, second.kinds].filter((list) => list !== null)
  return {
    ...first,
    isPrimary: first.isPrimary || second.isPrimary,
    isRequired: first.isRequired || second.isRequired,
    kind: greater(first.kind, second.kind),
    kinds: kinds.sort((a, b) => compareCodePoints(a.join('\u0001'), b.join('\u0001'))).at(-1) ?? null,
    description: greater(first.description, second.description),
  }
}

function expectedRowsOf(nodes: readonly NodeConfig[]) {
  return nodes.flatMap(({ id, assets }) =>
    assets.map(({ assetId, isPrimary, isRequired, metadata }, position) => ({
      nodeConfigId: id,
      assetId,
      position,
      isPrimary,
      isRequired,
      metadata,
    })),
  )
}

/** Rows of the expected assets, each once, in the order of their ids. What several nodes say of one, the last has said. */
function assetRowsOf(nodes: readonly NodeConfig[], now: Date): { assets: AssetRow[]; states: StateRow[] } {
  const specs = new Map(nodes.flatMap(({ assets }) => assets.map((spec) => [spec.assetId, spec])))
  const ordered = [...specs.values()].sort((a, b) => (a.assetId < b.assetId ? -1 : 1))
  return {
    assets: ordered.map(({ assetId, asset }) => ({ id: assetId, ...asset, sortKey: sortKeyOf(asset) })),
    states: ordered.map(({ assetId, asset, kind, kinds, description }) => ({
      assetId,
      kind: kind ?? inferKind(asset),
      kindAt: kind === null ? null : now,
      kinds: kinds ?? [],
      kindsAt: kinds === null ? null : now,
      description,
      descriptionAt: description === null ? null : now,
      latestId: null,
      latestAt: null,
    })),
  }
}

const REGISTERED = statement(
  'registered nodes',
  `SELECT c.id, c.dag_id AS "dagId", c.node_task_id AS "nodeTaskId", c.dag_name AS "dagName",
     c.upstream_nodes AS "upstreamNodes", e.asset_id AS "assetId", a.namespace, a.key, e.is_required AS "isRequired"
   FROM node_config c
   LEFT JOIN expected_asset e ON e.node_config_id = c.id
   LEFT JOIN asset a ON a.id = e.asset_id
   WHERE c.id = ANY($1::uuid[]) OR c.dag_id = $2
   ORDER BY c.id, e.position`,
)

interface RegisteredRow extends Omit<RegisteredNode, 'assets'> {
  id: string
  assetId: string | null
  namespace: string | null
  key: string | null
  isRequired: boolean | null
}

/** What is registered of these nodes, for every run and for this one; `andOwn`: and of all others of this run. */
export async function findRegisteredNodes(
  session: Session,
  dagId: string,
  nodeTaskIds: readonly string[],
  andOwn: boolean,
): Promise<RegisteredNode[]> {
  const ids = nodeTaskIds.flatMap((name) => [nodeConfigIdOf(null, name), nodeConfigIdOf(dagId, name)])
  const rows = await session.run<RegisteredRow>(REGISTERED, [ids, andOwn ? dagId : null])
  const nodes = new Map<string, RegisteredNode & { assets: RegisteredNode['assets'][number][] }>()
  for (const { id, assetId, namespace: _, key, isRequired, ...row } of rows) {
    const node = nodes.get(id) ?? { ...row, assets: [] }
    nodes.set(id, node)
    if (assetId !== null && key !== null) node.assets.push({ assetId, key, isRequired: isRequired === true })
  }
  return [...nodes.values()]
}
