import { type Corrections, reconcile } from './reconcile.js'
import type { Run } from './sql.js'

/**
 * What is latest follows from the materializations alone: of each slice, and of each asset.
 */
export async function mendLatest(run: Run): Promise<Corrections[]> {
  await run(
    `CREATE TEMP TABLE newest ON COMMIT DROP AS
     SELECT DISTINCT ON (asset_id, COALESCE(partition_key, '')) asset_id, COALESCE(partition_key, '') AS partition_key,
       id AS materialization_id, materialized_at
     FROM public.materialization
     ORDER BY asset_id, COALESCE(partition_key, ''), materialized_at DESC, id DESC`,
  )
  await run('ANALYZE pg_temp.newest')
  const slices = await reconcile(run, {
    table: 'latest_materialization',
    source: 'pg_temp.newest',
    key: ['asset_id', 'partition_key'],
    content: ['materialization_id', 'materialized_at'],
    removed: 'true',
    asset: 'asset_id',
  })
  const states = await reconcile(run, {
    table: 'asset_state',
    source: `(SELECT s.asset_id, l.materialization_id AS latest_id, l.materialized_at AS latest_at
      FROM public.asset_state s LEFT JOIN (
        SELECT DISTINCT ON (asset_id) asset_id, materialization_id, materialized_at FROM pg_temp.newest
        ORDER BY asset_id, materialized_at DESC, materialization_id DESC) l ON l.asset_id = s.asset_id)`,
    key: ['asset_id'],
    content: ['latest_id', 'latest_at'],
    asset: 'asset_id',
  })
  return [slices, states]
}

/**
 * Edges are those of the inputs, those that events have told of, and those that are there: nothing says any more what an
 * earlier delivery of a storage event was made from. How many materializations have an edge follows from the inputs. So
 * do its times, with what events say; but for assets of which deliveries have been replaced, or events deleted: there
 * they are only ever widened, as are all where something has been pruned; what has been still counts. `isWhole`: whether all
 * events have been replayed.
 */
export async function mendEdges(run: Run, isWhole: boolean): Promise<Corrections[]> {
  await run(
    `CREATE TEMP TABLE seen ON COMMIT DROP AS
     SELECT downstream_id, upstream_id, min(first_at) AS first_at, max(last_at) AS last_at,
       count(materialization_id) AS count, min(declared_from) AS declared_from, max(declared_to) AS declared_to
     FROM (
       SELECT DISTINCT i.asset_id AS downstream_id, i.upstream_id, m.materialized_at AS first_at,
         m.materialized_at AS last_at, m.id AS materialization_id, NULL::timestamptz AS declared_from,
         NULL::timestamptz AS declared_to
       FROM public.materialization_input i
       JOIN public.materialization m ON m.asset_id = i.asset_id AND m.id = i.materialization_id
       UNION ALL
       SELECT downstream_id, upstream_id, first_seen_at, last_seen_at, NULL, declared_from, declared_to
       FROM pg_temp.lineage_edge_stats
       UNION ALL SELECT downstream_id, upstream_id, NULL, NULL, NULL, NULL, NULL FROM public.lineage_edge
       UNION ALL SELECT downstream_id, upstream_id, NULL, NULL, NULL, NULL, NULL FROM public.lineage_edge_stats
     ) s GROUP BY downstream_id, upstream_id`,
  )
  await run(
    `CREATE TEMP TABLE half_told ON COMMIT DROP AS
     SELECT DISTINCT asset_id FROM public.materialization
     WHERE storage_event_id IS NOT NULL OR run_id NOT IN (SELECT id FROM pg_temp.run)`,
  )
  const mayWiden = isWhole
    ? '(EXISTS (SELECT FROM public.retention) OR s.first_at IS NULL OR s.downstream_id IN (SELECT asset_id FROM pg_temp.half_told))'
    : 'true'
  // Of an edge of which nothing says when it was seen it is known that it was, some time since the asset is known.
  const unknown = `COALESCE(
    (SELECT min(m.materialized_at) FROM public.materialization m WHERE m.asset_id = s.downstream_id),
    (SELECT a.created_at FROM public.asset a WHERE a.id = s.downstream_id), now())`
  await run(
    `CREATE TEMP TABLE edge_stats ON COMMIT DROP AS
     SELECT s.downstream_id, s.upstream_id,
       COALESCE(CASE WHEN ${mayWiden} THEN LEAST(o.first_seen_at, s.first_at) ELSE s.first_at END, ${unknown})
         AS first_seen_at,
       COALESCE(CASE WHEN ${mayWiden} THEN GREATEST(o.last_seen_at, s.last_at) ELSE s.last_at END, ${unknown})
         AS last_seen_at,
       s.count + COALESCE(o.pruned_count, 0) AS materialization_count,
       CASE WHEN ${mayWiden} THEN LEAST(o.declared_from, s.declared_from) ELSE s.declared_from END AS declared_from,
       CASE WHEN ${mayWiden} THEN GREATEST(o.declared_to, s.declared_to) ELSE s.declared_to END AS declared_to
     FROM pg_temp.seen s LEFT JOIN public.lineage_edge_stats o USING (downstream_id, upstream_id)`,
  )
  await run('ANALYZE pg_temp.edge_stats')
  const key = ['downstream_id', 'upstream_id']
  return [
    await reconcile(run, { table: 'lineage_edge', source: 'pg_temp.edge_stats', key }),
    await reconcile(run, {
      table: 'lineage_edge_stats',
      source: 'pg_temp.edge_stats',
      key,
      content: ['first_seen_at', 'last_seen_at', 'materialization_count', 'declared_from', 'declared_to'],
    }),
  ]
}
