import { type Corrections, reconcile } from './reconcile.js'
import type { Run } from './sql.js'

const EDGE_KEY = ['asset_id', 'column_name', 'upstream_id', 'upstream_column', 'is_indirect'] as const

/**
 * Whether the schema `n`, which is not there, may have been pruned, as SQL: what events say may be said of one that nothing
 * has any more.
 */
const MAY_BE_PRUNED = `n.stated_at < (
    SELECT max(r.horizon) FROM public.retention r JOIN public.asset a ON a.id = n.asset_id
    WHERE r.namespace IN ('', a.namespace))
  AND EXISTS (SELECT FROM public.asset_schema s WHERE s.asset_id = n.asset_id
    AND (s.stated_at, s.hash) > (n.stated_at, n.hash))
  AND NOT EXISTS (SELECT FROM public.materialization_schema h WHERE h.asset_id = n.asset_id AND h.hash = n.hash)`

/** What recordings say of columns is kept nowhere else: so what is there stays, and what events say is said again. */
export async function mendColumns(run: Run): Promise<Corrections[]> {
  const schemas = await reconcile(run, {
    table: 'asset_schema',
    source: `(SELECT n.asset_id, n.hash, n.columns, GREATEST(n.stated_at, o.stated_at) AS stated_at
      FROM pg_temp.asset_schema n LEFT JOIN public.asset_schema o USING (asset_id, hash)
      WHERE o.asset_id IS NOT NULL OR (${MAY_BE_PRUNED}) IS NOT TRUE)`,
    key: ['asset_id', 'hash'],
    content: ['stated_at'],
    added: ['columns'],
  })
  const edges = await reconcile(run, {
    table: 'column_edge',
    source: `(SELECT ${EDGE_KEY.join(', ')},
        CASE WHEN (o.stated_at, o.transformations) > (n.stated_at, n.transformations)
          THEN o.transformations ELSE n.transformations END AS transformations,
        GREATEST(n.stated_at, o.stated_at) AS stated_at, LEAST(n.first_seen_at, o.first_seen_at) AS first_seen_at,
        GREATEST(n.last_seen_at, o.last_seen_at) AS last_seen_at
      FROM pg_temp.column_edge n LEFT JOIN public.column_edge o USING (${EDGE_KEY.join(', ')}))`,
    key: EDGE_KEY,
    content: ['transformations', 'stated_at', 'first_seen_at', 'last_seen_at'],
  })
  const names = await reconcile(run, {
    table: 'asset_column',
    source: `(SELECT s.asset_id, c ->> 'name' AS name FROM public.asset_schema s, jsonb_array_elements(s.columns) c
      UNION SELECT asset_id, column_name FROM public.column_edge WHERE column_name <> ''
      UNION SELECT upstream_id, upstream_column FROM public.column_edge)`,
    key: ['asset_id', 'name'],
  })
  return [schemas, edges, names]
}
