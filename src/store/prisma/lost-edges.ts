import type { Edge } from '../../lineage/entities.js'
import { bareArray } from './array-literals.js'
import type { Session } from './database.js'
import { holdNames } from './name-guard.js'
import { statement } from './statement.js'

/*
 * Runs may be told more of after they have made something: what says that it was made from less takes edges away. Those
 * that nothing else has are not there any more, as if they had never been; of the others the times are found anew.
 */

/**
 * Whoever has written an edge holds the table until it commits, so this waits until all have, and they for it: else an
 * edge could be taken away that somebody has just found to be there.
 */
const HOLD = statement('hold edges', 'LOCK TABLE lineage_edge IN EXCLUSIVE MODE')

const REMOVE = statement(
  'remove edges',
  `WITH gone AS (
     DELETE FROM lineage_edge_stats s USING unnest($1::uuid[], $2::uuid[]) AS r(downstream_id, upstream_id)
     WHERE s.downstream_id = r.downstream_id AND s.upstream_id = r.upstream_id
       AND s.materialization_count = 0 AND s.declared_from IS NULL
     RETURNING s.downstream_id, s.upstream_id
   ), edges AS (
     DELETE FROM lineage_edge e USING gone g
     WHERE e.downstream_id = g.downstream_id AND e.upstream_id = g.upstream_id
   ), removed AS (
     INSERT INTO removed_edge (downstream_id, upstream_id) SELECT downstream_id, upstream_id FROM gone
     ON CONFLICT (downstream_id, upstream_id) DO UPDATE SET transaction_id = pg_current_xact_id()
   )
   SELECT count(*)::int AS count FROM gone`,
)

/** When the materialization `m` could first be said to be made, as SQL: of a run as `madeDuring` has it. */
const FIRST_MADE_AT = `LEAST(m.materialized_at, (
  SELECT to_timestamp((n.merged -> CASE WHEN n.merged ? 'isStream' THEN 'active' ELSE 'completed' END ->> 0)::float8 / 1000)
  FROM run n WHERE n.id = m.run_id))`

const seen = (time: string) => `(
  SELECT ${time} FROM materialization_input i
  JOIN materialization m ON m.asset_id = i.asset_id AND m.id = i.materialization_id
  WHERE i.asset_id = s.downstream_id AND i.upstream_id = s.upstream_id)`

/** Of what was there before it was kept when edges were declared nobody knows more than stands there; nor of what has been pruned. */
const TIME_AGAIN = statement(
  'time edges again',
  `UPDATE lineage_edge_stats s SET
     first_seen_at = LEAST(s.declared_from, ${seen(`min(${FIRST_MADE_AT})`)}),
     last_seen_at = GREATEST(s.declared_to, ${seen('max(m.materialized_at)')})
   FROM unnest($1::uuid[], $2::uuid[]) AS r(downstream_id, upstream_id)
   WHERE s.downstream_id = r.downstream_id AND s.upstream_id = r.upstream_id
     AND s.declared_from IS DISTINCT FROM '-infinity' AND s.pruned_count = 0`,
)

/** Before they are written: edges that are to be removed, if nothing else has them. */
export async function holdEdges(session: Session, lost: readonly Edge[]): Promise<void> {
  // Names first, as everywhere: what moves assets holds them, and writes edges.
  if (lost.length > 0) await Promise.all([holdNames(session), session.run(HOLD, [])])
}

/** Removes edges that are held, and written, where nothing has them; answers with whether there was any. */
export async function removeEdges(session: Session, lost: readonly Edge[]): Promise<boolean> {
  if (lost.length === 0) return false
  const ends = [
    bareArray(lost.map(({ downstreamId }) => downstreamId)),
    bareArray(lost.map(({ upstreamId }) => upstreamId)),
  ]
  const [row] = await session.run<{ count: number }>(REMOVE, ends)
  await session.run(TIME_AGAIN, ends)
  return (row?.count ?? 0) > 0
}
