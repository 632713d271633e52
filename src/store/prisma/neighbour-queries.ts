import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Asset, Edge, LineageEdge } from '../../lineage/entities.js'
import type { Counted, Neighbour, NeighbourRequest } from '../store.js'
import type { Session } from './database.js'
import { ASSET_COLUMNS, ASSET_JOINS, EDGE_COLUMNS } from './rows.js'
import { ENDS, ifCurrent, ifInScope, perSight, perTense, perWayAndScope, type Seen } from './scopes.js'
import { statement } from './statement.js'

/**
 * For each asset the first $5 edges behind ($2, $3, $4), and the number of all. Those behind the cursor and those
 * before it are numbered apart; of the latter one row is kept, for it carries the total.
 */
const NEIGHBOURS = perSight('$6', (suffix, _, ifIn) =>
  perWayAndScope((way, scope) => {
    const { near, far } = ENDS[way]
    return statement(
      `neighbours ${way} ${scope}${suffix}`,
      `SELECT n.total, n.is_behind AS "isBehind", ${EDGE_COLUMNS}, ${ASSET_COLUMNS}
     FROM (
       SELECT x.*, count(*) OVER (PARTITION BY x.${near})::int AS total,
         row_number() OVER (PARTITION BY x.${near}, x.is_behind ORDER BY x.sort_key, x.namespace, x.key) AS place
       FROM (
         SELECT e.upstream_id, e.downstream_id, a.sort_key, a.namespace, a.key,
           $2::text IS NULL OR (a.sort_key, a.namespace, a.key) > ($2, $3, $4) AS is_behind
         FROM unnest($1::uuid[]) AS r(id)
         JOIN lineage_edge e ON e.${near} = r.id
         JOIN asset a ON a.id = e.${far}
         WHERE true ${ifIn('a.namespace')} ${ifCurrent(scope)}) x
     ) n
     JOIN lineage_edge e ON e.downstream_id = n.downstream_id AND e.upstream_id = n.upstream_id
     JOIN lineage_edge_stats c ON c.downstream_id = n.downstream_id AND c.upstream_id = n.upstream_id
     JOIN asset a ON a.id = n.${far}
     ${ASSET_JOINS}
     WHERE n.place <= CASE WHEN n.is_behind THEN $5 ELSE 1 END
     ORDER BY n.place`,
    )
  }),
)

type NeighbourRow = Asset & LineageEdge & { total: number; isBehind: boolean }

/** The edges one way of each asset, with the assets at their far ends, in order of their names. */
export async function findNeighbours(
  session: Session,
  assetIds: readonly string[],
  { way, scope, page: { after, count } }: NeighbourRequest,
  seen: Seen,
): Promise<Counted<Neighbour>[]> {
  const behind = after === null ? [null, null, null] : [sortKeyOf(after), after.namespace, after.key]
  const rows = await session.run<NeighbourRow>(NEIGHBOURS[seen === null ? 'ofAll' : 'ofSeen'][scope][way], [
    assetIds,
    ...behind,
    count,
    ...(seen === null ? [] : [seen]),
  ])
  const found = new Map(assetIds.map((id): [string, Counted<Neighbour>] => [id, { items: [], total: 0 }]))
  for (const row of rows) {
    const list = found.get(way === 'UPSTREAM' ? row.downstreamId : row.upstreamId)
    if (list === undefined) continue
    list.total = row.total
    if (row.isBehind) list.items.push({ edge: row, asset: row })
  }
  return assetIds.map((id) => found.get(id) ?? { items: [], total: 0 })
}

const CURRENT_AMONG = perTense('$3', (suffix, time) =>
  statement(
    `current among edges${suffix}`,
    `SELECT e.place FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS e(downstream_id, upstream_id, place)
     WHERE true ${ifInScope('CURRENT', time)}`,
  ),
)

/** Whether each edge is, or was at a time, in the latest materialization of some slice of its downstream asset. */
export async function areCurrent(
  session: Session,
  edges: readonly Edge[],
  asOf: Date | null,
): Promise<boolean[]> {
  const ends = [edges.map(({ downstreamId }) => downstreamId), edges.map(({ upstreamId }) => upstreamId)]
  const rows = await (asOf === null
    ? session.run<{ place: bigint }>(CURRENT_AMONG.IS, ends)
    : session.run<{ place: bigint }>(CURRENT_AMONG.WAS, [...ends, asOf]))
  const current = new Set(rows.map(({ place }) => Number(place)))
  return edges.map((_, at) => current.has(at + 1))
}
