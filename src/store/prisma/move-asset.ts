import { sortKeyOf } from '../../lineage/asset-ref.js'
import type { Edge } from '../../lineage/entities.js'
import { inferKind } from '../../lineage/kind.js'
import type { AssetName } from '../../lineage/names/asset-names.js'
import type { Session } from './database.js'
import type { SearchRows } from './search-rows.js'
import { renewSearchRows } from './search-sql.js'
import { type Statement, statement } from './statement.js'
import { NEWER_STATE, SEEN_LONGER } from './write-sql.js'

/** So many rows are moved by one statement: of a long history each statement ends in time. */
const PAGE = 10_000

/** Whoever follows what is recorded was told of it by this: it is not told again. */
const RECORDED_BY = 'transaction_id'

/**
 * Rows are taken out and put in again, for the column that names the asset leads every key and says where a row lies;
 * where the target has such a row already, the two become one by the rule of the table's own upsert. `key`: what with
 * `of` names a row.
 */
function move(
  table: string,
  key: readonly string[],
  rest: readonly string[] = [],
  { of = 'asset_id', onConflict = '' } = {},
) {
  const columns = [...key, ...rest]
  const values = columns.map((column) => `r.${column}`)
  return statement(
    `move ${table} by ${of}`,
    `WITH page AS MATERIALIZED (SELECT ${key.join(', ')} FROM ${table} WHERE ${of} = $1 LIMIT ${PAGE}),
     moved AS (
       DELETE FROM ${table} t USING page p
       WHERE t.${of} = $1 AND ${key.map((column) => `t.${column} = p.${column}`).join(' AND ')} RETURNING t.*
     ), put AS (
       INSERT INTO ${table} AS s (${of}, ${columns.join(', ')}) SELECT $2, ${values.join(', ')} FROM moved r ${onConflict}
     )
     SELECT count(*)::int AS count FROM moved`,
  )
}

const NAME = statement(
  'move asset',
  `WITH moved AS (DELETE FROM asset WHERE id = $1 RETURNING *)
   INSERT INTO asset AS s (id, namespace, key, sort_key, tags, tags_at, owners, owners_at, created_at)
   SELECT $2, $3, $4, $5, tags, tags_at, owners, owners_at, created_at FROM moved
   ON CONFLICT (id) DO UPDATE SET
     tags = CASE WHEN (excluded.tags_at, excluded.tags::text COLLATE "C") > (s.tags_at, s.tags::text COLLATE "C")
         OR (s.tags_at IS NULL AND excluded.tags_at IS NOT NULL) THEN excluded.tags ELSE s.tags END,
     tags_at = GREATEST(s.tags_at, excluded.tags_at),
     owners = CASE WHEN (excluded.owners_at, excluded.owners) > (s.owners_at, s.owners)
         OR (s.owners_at IS NULL AND excluded.owners_at IS NOT NULL) THEN excluded.owners ELSE s.owners END,
     owners_at = GREATEST(s.owners_at, excluded.owners_at),
     created_at = LEAST(s.created_at, excluded.created_at), transaction_id = pg_current_xact_id()
   RETURNING id`,
)

const STATE = statement(
  'move asset_state',
  `WITH moved AS (DELETE FROM asset_state WHERE asset_id = $1 RETURNING *)
   INSERT INTO asset_state AS s (asset_id, kind, kind_at, kinds, kinds_at, description, description_at, latest_id,
     latest_at, updated_at)
   SELECT $2, CASE WHEN kind_at IS NULL THEN $3 ELSE kind END, kind_at, kinds, kinds_at, description, description_at,
     latest_id, latest_at, updated_at FROM moved
   ON CONFLICT (asset_id) DO UPDATE SET ${NEWER_STATE}`,
)

const MATERIALIZATIONS = move(
  'materialization',
  ['id'],
  [
    ...[
      'version',
      'job_id',
      'dag_id',
      'node_task_id',
      'partition_key',
      'storage_event_id',
      'size_bytes',
      'checksum',
    ],
    ...['uri', 'code_version', 'metadata', 'materialized_at', 'recorded_at', 'run_id', RECORDED_BY],
  ],
)

const INPUT = ['version', 'partition_key', 'materialized_at', 'pruned_id', 'pruned_version']
const SEEN = `first_seen_at = LEAST(s.first_seen_at, excluded.first_seen_at),
     last_seen_at = GREATEST(s.last_seen_at, excluded.last_seen_at)`
const NEWER_SLICE = `ON CONFLICT (asset_id, partition_key) DO UPDATE SET
     materialization_id = excluded.materialization_id, materialized_at = excluded.materialized_at
   WHERE (excluded.materialized_at, excluded.materialization_id) > (s.materialized_at, s.materialization_id)`
const STATS = `ON CONFLICT (downstream_id, upstream_id) DO UPDATE SET ${SEEN_LONGER},
     pruned_count = s.pruned_count + excluded.pruned_count, pruned_to = GREATEST(s.pruned_to, excluded.pruned_to)`
const COLUMN_EDGE = `ON CONFLICT (asset_id, column_name, upstream_id, upstream_column, is_indirect) DO UPDATE SET
     transformations = CASE WHEN (excluded.stated_at, excluded.transformations) > (s.stated_at, s.transformations)
       THEN excluded.transformations ELSE s.transformations END,
     stated_at = GREATEST(s.stated_at, excluded.stated_at), ${SEEN}`
const COLUMN_EDGE_REST = ['transformations', 'stated_at', 'first_seen_at', 'last_seen_at']
/** What a node is to make under two names it is to make once: see `ownNames` of config-queries.ts. */
const EXPECTED_ONCE = `ON CONFLICT (node_config_id, asset_id) DO UPDATE SET
     is_primary = s.is_primary OR excluded.is_primary, is_required = s.is_required OR excluded.is_required,
     metadata = CASE WHEN excluded.position < s.position THEN excluded.metadata ELSE s.metadata END,
     position = LEAST(s.position, excluded.position)`
const IGNORE = { onConflict: 'ON CONFLICT DO NOTHING' }
const COUNTERS = [
  ...['first_seen_at', 'last_seen_at', 'materialization_count', 'declared_from', 'declared_to'],
  ...['pruned_count', 'pruned_to'],
]

/** By the edges, which say where to look, and so before them. */
const STATS_BY_UPSTREAM = statement(
  'move lineage_edge_stats by upstream_id',
  `WITH page AS MATERIALIZED (
     SELECT s.downstream_id FROM lineage_edge e
     JOIN lineage_edge_stats s ON s.downstream_id = e.downstream_id AND s.upstream_id = e.upstream_id
     WHERE e.upstream_id = $1 LIMIT ${PAGE}
   ), moved AS (
     DELETE FROM lineage_edge_stats s USING page p WHERE s.downstream_id = p.downstream_id AND s.upstream_id = $1
     RETURNING s.*
   ), put AS (
     INSERT INTO lineage_edge_stats AS s (downstream_id, upstream_id, ${COUNTERS.join(', ')})
     SELECT downstream_id, $2, ${COUNTERS.join(', ')} FROM moved ${STATS}
   )
   SELECT count(*)::int AS count FROM moved`,
)

/** Everything that hangs on an asset, but for its row and its state. */
const REST = [
  MATERIALIZATIONS,
  move('materialization_input', ['materialization_id', 'upstream_id', 'position'], INPUT),
  move('materialization_input', ['asset_id', 'materialization_id', 'position'], INPUT, { of: 'upstream_id' }),
  move('materialization_schema', ['materialization_id'], ['hash']),
  move('latest_materialization', ['partition_key'], ['materialization_id', 'materialized_at'], {
    onConflict: NEWER_SLICE,
  }),
  move(
    'check_result',
    ['id'],
    [
      ...['materialization_id', 'name', 'status', 'severity', 'details', 'call_hash', 'checked_at'],
      RECORDED_BY,
    ],
  ),
  move(
    'run_assertions',
    ['id'],
    [
      ...['run_id', 'materialization_id', 'version', 'partition_key', 'as_of', 'dag_id', 'checked_at'],
      ...['results', 'result_count', 'pruned_id', RECORDED_BY],
    ],
  ),
  STATS_BY_UPSTREAM,
  move('lineage_edge_stats', ['upstream_id'], COUNTERS, { of: 'downstream_id', onConflict: STATS }),
  move('lineage_edge', ['upstream_id'], [], { of: 'downstream_id', ...IGNORE }),
  move('lineage_edge', ['downstream_id'], [], { of: 'upstream_id', ...IGNORE }),
  move('asset_column', ['name'], [], IGNORE),
  move('asset_schema', ['hash'], ['columns', 'stated_at'], {
    onConflict:
      'ON CONFLICT (asset_id, hash) DO UPDATE SET stated_at = GREATEST(s.stated_at, excluded.stated_at)',
  }),
  move('column_edge', ['column_name', 'upstream_id', 'upstream_column', 'is_indirect'], COLUMN_EDGE_REST, {
    onConflict: COLUMN_EDGE,
  }),
  move('column_edge', ['asset_id', 'column_name', 'upstream_column', 'is_indirect'], COLUMN_EDGE_REST, {
    of: 'upstream_id',
    onConflict: COLUMN_EDGE,
  }),
  move('asset_lifecycle', ['id'], ['run_id', 'is_retired', 'since'], {
    onConflict: 'ON CONFLICT (asset_id, id) DO UPDATE SET is_retired = s.is_retired AND excluded.is_retired',
  }),
  move('expected_asset', ['node_config_id'], ['position', 'is_primary', 'is_required', 'metadata'], {
    onConflict: EXPECTED_ONCE,
  }),
]

/** The edges that both names have: the target's, that is, of what is moved. */
const SHARED_EDGES = statement(
  'edges of both names',
  `SELECT DISTINCT s.downstream_id AS "downstreamId", s.upstream_id AS "upstreamId"
   FROM (SELECT * FROM lineage_edge WHERE downstream_id = $1
         UNION SELECT * FROM lineage_edge WHERE upstream_id = $1) e
   CROSS JOIN LATERAL (SELECT
     CASE WHEN e.downstream_id = $1 THEN $2 ELSE e.downstream_id END AS downstream_id,
     CASE WHEN e.upstream_id = $1 THEN $2 ELSE e.upstream_id END AS upstream_id) s
   WHERE (s.downstream_id = $2 AND s.upstream_id = $2) OR EXISTS (
     SELECT FROM lineage_edge o WHERE o.downstream_id = s.downstream_id AND o.upstream_id = s.upstream_id)`,
)

/** How many materializations have an edge follows from their inputs, as nothing else of it does. */
const COUNT_AGAIN = statement(
  'count edges again',
  `UPDATE lineage_edge_stats s SET materialization_count = s.pruned_count + (
     SELECT count(DISTINCT i.materialization_id) FROM materialization_input i
     WHERE i.asset_id = s.downstream_id AND i.upstream_id = s.upstream_id)
   FROM unnest($1::uuid[], $2::uuid[]) AS r(downstream_id, upstream_id)
   WHERE s.downstream_id = r.downstream_id AND s.upstream_id = r.upstream_id`,
)

const FORGET_SEARCHED = statement('forget search row', 'DELETE FROM asset_search WHERE asset_id = $1')

const MOVED = statement('name moved', 'UPDATE asset_name SET moved_by = pg_current_xact_id() WHERE id = $1')

/**
 * Everything that is recorded under one name comes to be of the asset of another: as if it had been recorded so. In a
 * transaction that writers wait for. Ids of materializations stay.
 */
export async function moveAsset(
  session: Session,
  searchRows: SearchRows,
  fromId: string,
  { id: toId, namespace, key }: Pick<AssetName, 'id' | 'namespace' | 'key'>,
): Promise<void> {
  const target = { namespace, key }
  await session.run(NAME, [fromId, toId, namespace, key, sortKeyOf(target)])
  const shared = await session.run<Edge & Record<string, unknown>>(SHARED_EDGES, [fromId, toId])
  await session.run(STATE, [fromId, toId, inferKind(target)])
  for (const part of REST) await movePages(session, part, fromId, toId)
  await session.run(COUNT_AGAIN, [
    shared.map(({ downstreamId }) => downstreamId),
    shared.map(({ upstreamId }) => upstreamId),
  ])
  await session.run(FORGET_SEARCHED, [fromId])
  await renewSearchRows(session, searchRows, [toId])
  await session.run(MOVED, [fromId])
}

async function movePages(session: Session, part: Statement, fromId: string, toId: string): Promise<void> {
  for (let count = PAGE; count === PAGE; ) {
    const [row] = await session.run<{ count: number }>(part, [fromId, toId])
    count = row?.count ?? 0
  }
}
