import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Edge } from '../../lineage/entities.js'
import {
  type CurrentUpstreams,
  type GraphChange,
  type MemoryGraph,
  NO_CHANGE,
} from '../../lineage/graph/memory-graph.js'
import { nextTurn } from '../../util/next-turn.js'
import { splitCopiedRows } from './copy-rows.js'
import type { Session } from './database.js'
import { EDGE_IS_CURRENT } from './rows.js'
import { statement } from './statement.js'
import { packUuids, uuidArray } from './uuid-array.js'
import type { Snapshot } from './watermark.js'

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
const sinceBy = (column: string) => `${column} >= pg_snapshot_xmin($1::pg_snapshot)
  AND ${column} < pg_snapshot_xmax(pg_current_snapshot())
  AND NOT pg_visible_in_snapshot(${column}, $1::pg_snapshot)`

const SINCE = sinceBy('transaction_id')

/** Whether what was recorded under some name has come to be of another asset, or an edge has been taken away. */
const REMOVED_SINCE = statement(
  'removed since',
  `SELECT EXISTS (SELECT FROM asset_name WHERE ${sinceBy('moved_by')})
     OR EXISTS (SELECT FROM removed_edge WHERE ${SINCE}) AS "isRemoved"`,
)

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
  `SELECT id, namespace, key, EXISTS (SELECT FROM asset_lifecycle r WHERE r.asset_id = asset.id) AS "isRetired"
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
  const [removed] = await session.run<{ isRemoved: boolean }>(REMOVED_SINCE, [snapshot])
  const assets = await session.run<GraphChange['assets'][number] & { isRetired: boolean }>(ASSETS_SINCE, [
    snapshot,
  ])
  const edges = await session.run<Edge & Record<string, unknown>>(EDGES_SINCE, [snapshot])
  const materialized = await session.run<{ id: string }>(MATERIALIZED_SINCE, [snapshot])
  return {
    change: {
      assets,
      edges,
      // What is latest can be mended, beside what was materialized: then the asset itself is touched.
      materialized: [...materialized, ...assets].map(({ id }) => id),
      retired: assets.flatMap(({ id, isRetired }) => (isRetired ? id : [])),
    },
    // Nothing can be taken out of a graph: it is as if the tables were others.
    state: {
      snapshot,
      tables,
      ...state,
      ...(removed?.isRemoved === true ? { tables: `${tables} less` } : {}),
    },
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

/** How many blocks of a table are sent as one row: about 2,000 rows, and 64 KB of what is asked for. */
const SLICE_BLOCKS = 16

/**
 * The columns of a table, packed: a slice of the table is one row. A row of their own costs both PostgreSQL and this
 * process several times as much as the few bytes in it.
 */
function inSlices(table: string, columns: readonly string[]): string {
  const blockAt = (start: string) => `format('(%s,0)', ${start})::tid`
  return `SELECT slice.* FROM generate_series(
      0, pg_relation_size('${table}') / current_setting('block_size')::int, ${SLICE_BLOCKS}) AS block(start)
    CROSS JOIN LATERAL (
      SELECT ${columns.join(', ')} FROM ${table}
      WHERE ctid >= ${blockAt('start')} AND ctid < ${blockAt(`start + ${SLICE_BLOCKS}`)}) AS slice`
}

const ALL_ASSETS = inSlices('asset', [
  `string_agg(uuid_send(id), '')`,
  `string_agg(int4send(octet_length(namespace)), '')`,
  `string_agg(namespace, '')`,
  `string_agg(int4send(octet_length(key)), '')`,
  `string_agg(key, '')`,
])

const ALL_EDGES = inSlices('lineage_edge', [
  `string_agg(uuid_send(upstream_id), '')`,
  `string_agg(uuid_send(downstream_id), '')`,
])

/**
 * Reads all assets and edges into an empty graph, as one state, which it answers with; null where there are more than
 * `mostEdges` edges. Both come as streams, in no order; `onNews` is called as they come.
 */
export async function loadGraph(
  client: pg.ClientBase,
  graph: MemoryGraph,
  mostEdges: number,
  onNews: () => void,
): Promise<State | null> {
  const { assets, edges } = graph
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  // For this transaction alone: loading may take longer than a statement may, and slices are read by their blocks.
  await client.query('SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = off; SET LOCAL jit = off')
  const { rows } = await client.query<State>(STATE.text)
  const onAssets = (field: Field) =>
    assets.load({
      ids: field(0),
      namespaceLengths: field(1),
      namespaces: field(2),
      keyLengths: field(3),
      keys: field(4),
    })
  // An edge without an asset is nobody's: SQL finds no row for it either.
  const onEdges = (field: Field) => edges.load(assets.numbersOf(field(0)), assets.numbersOf(field(1)))
  const goOn = () => {
    onNews()
    return edges.count <= mostEdges
  }
  await copyRows(client, ALL_ASSETS, onAssets, goOn)
  for (const _ of assets.loaded()) await nextTurn()
  await copyRows(client, ALL_EDGES, onEdges, goOn)
  // Then the rest of them is still on its way, and the connection of no more use.
  if (edges.count > mostEdges) return null
  const retired = await client.query<{ id: string }>('SELECT DISTINCT asset_id AS id FROM asset_lifecycle')
  graph.apply({ ...NO_CHANGE, retired: retired.rows.map(({ id }) => id) })
  await client.query('COMMIT')
  return rows[0] ?? null
}

/** The bytes of a row's field; for NULL, none. */
type Field = (place: number) => Buffer

async function copyRows(
  client: pg.ClientBase,
  query: string,
  onRow: (field: Field) => void,
  goOn: () => boolean,
): Promise<void> {
  const split = splitCopiedRows((bytes, bounds) =>
    onRow((place) => bytes.subarray(bounds[2 * place], bounds[2 * place + 1])),
  )
  for await (const chunk of client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`))) {
    split(chunk)
    if (!goOn()) return
  }
}
