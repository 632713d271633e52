import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Edge } from '../../lineage/entities.js'
import {
  type CurrentUpstreams,
  type GraphChange,
  type MemoryGraph,
  NO_CHANGE,
} from '../../lineage/graph/memory-graph.js'
import { type OnCopiedRow, splitCopiedRows } from './copy-rows.js'
import type { Session } from './database.js'
import { EDGE_IS_CURRENT } from './rows.js'
import { statement } from './statement.js'
import { packUuids, uuidArray } from './uuid-array.js'

/** What a transaction sees, in PostgreSQL's form of a pg_snapshot: all that is committed but for the named ones. */
export type Snapshot = string

/** What a graph was told of: by which snapshot, and of which tables, by the files that they are in. */
export interface State {
  snapshot: Snapshot
  tables: string
}

const STATE = statement(
  'graph state',
  `SELECT pg_current_snapshot()::text AS snapshot, concat_ws(' ', pg_relation_filenode(to_regclass('asset')),
     pg_relation_filenode(to_regclass('lineage_edge')), pg_relation_filenode(to_regclass('materialization'))) AS tables`,
)

/**
 * What one snapshot sees and another, $1, did not. Without a gap, whatever the order of commits: a sequence would skip
 * what commits late. Rows from before a dump was restored have ids that are yet to come, and are left out.
 */
const SINCE = `transaction_id >= pg_snapshot_xmin($1::pg_snapshot)
  AND transaction_id < pg_snapshot_xmax(pg_current_snapshot())
  AND NOT pg_visible_in_snapshot(transaction_id, $1::pg_snapshot)`

const EDGES_SINCE = statement(
  'edges since',
  `SELECT upstream_id AS "upstreamId", downstream_id AS "downstreamId" FROM lineage_edge WHERE ${SINCE}`,
)

const MATERIALIZED_SINCE = statement(
  'materialized since',
  `SELECT DISTINCT asset_id AS id FROM materialization WHERE ${SINCE}`,
)

const ASSETS_SINCE = statement(
  'assets since',
  `SELECT id, namespace, key, EXISTS (SELECT FROM asset_retirement r WHERE r.asset_id = asset.id) AS "isRetired"
   FROM asset WHERE ${SINCE}`,
)

const CURRENT_UPSTREAMS = statement(
  'current upstreams',
  `SELECT f.id AS "assetId", COALESCE(array_agg(e.upstream_id::text) FILTER (WHERE e.upstream_id IS NOT NULL), '{}')
     AS "upstreamIds"
   FROM unnest($1::uuid[]) AS f(id)
   LEFT JOIN lineage_edge e ON e.downstream_id = f.id AND ${EDGE_IS_CURRENT}
   GROUP BY f.id`,
)

/** What has been committed since a state, and the state of the session. */
export async function findChanges(
  session: Session,
  { snapshot, tables }: State,
): Promise<{ change: GraphChange; state: State }> {
  const [state] = await session.run<State & pg.QueryResultRow>(STATE, [])
  const assets = await session.run<GraphChange['assets'][number] & { isRetired: boolean }>(ASSETS_SINCE, [
    snapshot,
  ])
  const edges = await session.run<Edge & Record<string, unknown>>(EDGES_SINCE, [snapshot])
  const materialized = await session.run<{ id: string }>(MATERIALIZED_SINCE, [snapshot])
  return {
    change: {
      assets,
      edges,
      materialized: materialized.map(({ id }) => id),
      retired: assets.flatMap(({ id, isRetired }) => (isRetired ? id : [])),
    },
    state: state ?? { snapshot, tables },
  }
}

/** For each of these assets, from which upstreams the edges into it are current. */
export function findCurrentUpstreams(
  session: Session,
  assetIds: readonly string[],
): Promise<CurrentUpstreams[]> {
  return session.run<CurrentUpstreams & pg.QueryResultRow>(CURRENT_UPSTREAMS, [
    uuidArray(packUuids(assetIds)),
  ])
}

/**
 * Reads all assets and edges into an empty graph, as one state, which it answers with; null where there are more than
 * `mostEdges` edges. Rows come as a stream, assets in the order of their names; `onNews` is called as they come.
 */
export async function loadGraph(
  client: pg.ClientBase,
  graph: MemoryGraph,
  mostEdges: number,
  onNews: () => void,
): Promise<State | null> {
  const { assets, edges } = graph
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  // For this transaction alone: a million names are sorted in memory then. Loading may take longer than a statement may.
  await client.query("SET LOCAL work_mem = '256MB'; SET LOCAL statement_timeout = 0")
  const { rows } = await client.query<State>(STATE.text)
  await copyRows(
    client,
    'SELECT id, namespace, key FROM asset ORDER BY sort_key, namespace, key',
    (bytes, [id = 0, , namespace = 0, namespaceEnd = 0, key = 0, keyEnd = 0]) =>
      assets.addBytes(bytes, id, bytes.subarray(namespace, namespaceEnd), bytes.subarray(key, keyEnd)),
    onNews,
  )
  assets.rankAsAdded()
  await copyRows(
    client,
    // One more than there may be tells that there are too many.
    `SELECT upstream_id, downstream_id FROM lineage_edge LIMIT ${mostEdges + 1}`,
    (bytes, [upstream = 0, , downstream = 0]) => {
      const ends = [assets.numberAt(bytes, upstream), assets.numberAt(bytes, downstream)] as const
      // An edge without an asset is nobody's: SQL finds no row for it either.
      if (ends[0] >= 0 && ends[1] >= 0) edges.load(...ends)
    },
    onNews,
  )
  const retired = await client.query<{ id: string }>('SELECT DISTINCT asset_id AS id FROM asset_retirement')
  graph.apply({ ...NO_CHANGE, retired: retired.rows.map(({ id }) => id) })
  await client.query('COMMIT')
  return edges.count > mostEdges ? null : (rows[0] ?? null)
}

async function copyRows(
  client: pg.ClientBase,
  query: string,
  onRow: OnCopiedRow,
  onNews: () => void,
): Promise<void> {
  const split = splitCopiedRows(onRow)
  await pipeline(client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`)), async (chunks) => {
    for await (const chunk of chunks) {
      onNews()
      split(chunk)
    }
  })
}
