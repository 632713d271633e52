import { AS_NAMED, CANDIDATE, RESOLVED_ID } from '../input-queries.js'
import type { Run } from '../rebuild/sql.js'
import { ASSERTED_OF, CHECKED_ID } from '../run-assertion-queries.js'
import { IS_MADE_AGAIN, MAY_GO, STILL_MADE } from './plan.js'
import type { Counts, PruneRule } from './rule.js'

/** What one transaction works on: emptied at its end. */
export const CREATE_WORK_TABLES = `
  CREATE TEMP TABLE doomed (asset_id uuid, id uuid, PRIMARY KEY (asset_id, id)) ON COMMIT DELETE ROWS;
  CREATE TEMP TABLE consumer (asset_id uuid, materialization_id uuid, upstream_id uuid, position int, target_id uuid,
    is_latest boolean) ON COMMIT DELETE ROWS`

/** Names first, and checks: who records some of a materialization that is going finds it gone. */
const HOLD = `LOCK TABLE asset_name IN ROW SHARE MODE; LOCK TABLE check_result IN SHARE ROW EXCLUSIVE MODE`

/** As whoever replaces a materialization does: that first, then the slice that it is in. */
const LOCK = `INSERT INTO doomed
  SELECT m.asset_id, m.id FROM (
    SELECT m.asset_id, m.id FROM victim v JOIN materialization m ON m.asset_id = v.asset_id AND m.id = v.id
    WHERE v.place > $1 AND v.place <= $2 ORDER BY m.asset_id, m.id FOR UPDATE OF m) m`
const LOCK_SLICES = `SELECT FROM latest_materialization l
  JOIN (SELECT DISTINCT m.asset_id, COALESCE(m.partition_key, '') AS partition_key
        FROM doomed d JOIN materialization m ON m.asset_id = d.asset_id AND m.id = d.id) s
    ON s.asset_id = l.asset_id AND s.partition_key = l.partition_key
  ORDER BY l.asset_id, l.partition_key FOR UPDATE OF l`

/**
 * What has been written since the plan was made may keep some: a late task what its DAG run has made, and a run that was
 * told more of what it has made itself, for its events would tell of it again.
 */
const LOOK_AGAIN = `DELETE FROM doomed d USING materialization m
  WHERE m.asset_id = d.asset_id AND m.id = d.id AND (NOT (${MAY_GO}) OR (NOT ${IS_MADE_AGAIN} AND EXISTS (
    SELECT FROM materialization s WHERE s.dag_id = m.dag_id AND s.materialized_at >= $1))
    OR EXISTS (SELECT FROM run r WHERE r.id = m.run_id))`

/** The inputs that were one of the doomed, and are of what is not. */
const FIND_CONSUMERS = `WITH target AS MATERIALIZED (
    SELECT m.* FROM doomed d JOIN materialization m ON m.asset_id = d.asset_id AND m.id = d.id
  ), ${CANDIDATE}
  INSERT INTO consumer
  SELECT m.asset_id, m.id, named.upstream_id, named.position, r.id, EXISTS (
    SELECT FROM latest_materialization l WHERE l.asset_id = m.asset_id AND l.materialization_id = m.id)
  FROM (SELECT DISTINCT asset_id, materialization_id FROM candidate) c
  JOIN materialization m ON m.asset_id = c.asset_id AND m.id = c.materialization_id
  JOIN materialization_input named ON named.asset_id = m.asset_id AND named.materialization_id = m.id
  ${AS_NAMED}
  CROSS JOIN LATERAL (SELECT ${RESOLVED_ID} AS id OFFSET 0) r
  WHERE EXISTS (SELECT FROM doomed d WHERE d.asset_id = i.upstream_id AND d.id = r.id)
    AND NOT EXISTS (SELECT FROM doomed d WHERE d.asset_id = m.asset_id AND d.id = m.id)`

const SPARE_NEEDED = `DELETE FROM doomed d USING consumer c
  WHERE c.is_latest AND d.asset_id = c.upstream_id AND d.id = c.target_id`

/** From here on they say what they were, and are taken for nothing else. Answers with whether all are still there. */
const MARK_INPUTS = `WITH found AS (
    SELECT c.*, m.version FROM consumer c
    JOIN doomed d ON d.asset_id = c.upstream_id AND d.id = c.target_id
    JOIN materialization m ON m.asset_id = d.asset_id AND m.id = d.id
  ), marked AS (
    UPDATE materialization_input i SET pruned_id = f.target_id, pruned_version = f.version FROM found f
    WHERE i.asset_id = f.asset_id AND i.materialization_id = f.materialization_id AND i.upstream_id = f.upstream_id
      AND i.position = f.position RETURNING 1
  )
  SELECT (SELECT count(*) FROM marked) = (SELECT count(*) FROM found) AS "areAll"`

const MARK_ASSERTIONS = `WITH target AS MATERIALIZED (
    SELECT m.* FROM doomed d JOIN materialization m ON m.asset_id = d.asset_id AND m.id = d.id
  )
  UPDATE run_assertions a SET pruned_id = o.target_id
  FROM (
    SELECT i.asset_id, i.id, t.id AS target_id FROM target t CROSS JOIN LATERAL ${ASSERTED_OF} i
    WHERE i.materialization_id IS NULL AND ${CHECKED_ID} = t.id) o
  WHERE a.asset_id = o.asset_id AND a.id = o.id`

const LOCK_EDGES = `SELECT FROM lineage_edge_stats s
  JOIN (SELECT DISTINCT i.asset_id, i.upstream_id
        FROM doomed d JOIN materialization_input i ON i.asset_id = d.asset_id AND i.materialization_id = d.id) e
    ON e.asset_id = s.downstream_id AND e.upstream_id = s.upstream_id
  ORDER BY s.downstream_id, s.upstream_id FOR UPDATE OF s`

const ofDoomed = (table: string) => `DELETE FROM ${table} t USING doomed d
  WHERE t.asset_id = d.asset_id AND t.materialization_id = d.id`

/** Edges stay, and count what has gone. */
const REMOVE = `WITH inputs AS (
    ${ofDoomed('materialization_input')} RETURNING t.*
  ), counted AS (
    UPDATE lineage_edge_stats s
    SET pruned_count = s.pruned_count + g.count, pruned_to = GREATEST(s.pruned_to, g.last)
    FROM (SELECT asset_id, upstream_id, count(DISTINCT materialization_id) AS count, max(materialized_at) AS last
          FROM inputs GROUP BY asset_id, upstream_id) g
    WHERE s.downstream_id = g.asset_id AND s.upstream_id = g.upstream_id
  ), schemas AS (
    ${ofDoomed('materialization_schema')} RETURNING 1
  ), checks AS (
    ${ofDoomed('check_result')} RETURNING 1
  ), materializations AS (
    DELETE FROM materialization m USING doomed d WHERE m.asset_id = d.asset_id AND m.id = d.id RETURNING 1
  )
  SELECT (SELECT count(*) FROM materializations)::float8 AS materialization,
    (SELECT count(*) FROM inputs)::float8 AS materialization_input,
    (SELECT count(*) FROM schemas)::float8 AS materialization_schema,
    (SELECT count(*) FROM checks)::float8 AS check_result`

/** Removes what is planned at places up to `last` and behind `first`, but for what is needed by now. In a transaction. */
export async function removeMaterializations(
  run: Run,
  { horizon, keepLatest }: PruneRule,
  first: number,
  last: number,
): Promise<Counts> {
  await run(HOLD)
  await run(LOCK, [first, last])
  await run(LOCK_SLICES)
  await run(LOOK_AGAIN, [horizon, keepLatest])
  await run('ANALYZE doomed')
  await markInputs(run)
  await run(MARK_ASSERTIONS)
  await run(LOCK_EDGES)
  const [counts] = await run<Counts>(REMOVE)
  return counts ?? {}
}

/** Who replaces one of their materializations meanwhile writes its inputs anew: they are looked for again then. */
async function markInputs(run: Run): Promise<void> {
  for (;;) {
    await run(FIND_CONSUMERS)
    await run(SPARE_NEEDED)
    await run('ANALYZE consumer')
    const [row] = await run<{ areAll: boolean }>(MARK_INPUTS)
    if (row?.areAll !== false) return
    await run('DELETE FROM consumer')
  }
}

const NEXT_RUNS = 'SELECT id FROM victim_run WHERE id > $1 ORDER BY id LIMIT $2'

/** As ingest does, so that none is told more of meanwhile. */
const LOCK_RUNS = `SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0)) FROM unnest($1::uuid[]) AS r(id)`

const REMOVE_RUNS = `WITH gone AS (
    DELETE FROM run r USING unnest($1::uuid[]) AS v(id) WHERE r.id = v.id AND r.updated_at < $2 RETURNING r.id
  ), assertions AS (
    DELETE FROM run_assertions a USING victim_assertions v JOIN gone g ON g.id = v.run_id
    WHERE a.asset_id = v.asset_id AND a.id = v.id RETURNING 1
  ), events AS (
    DELETE FROM openlineage_event e USING victim_event v JOIN gone g ON g.id = v.run_id
    WHERE e.hash = v.hash RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone)::float8 AS run, (SELECT count(*) FROM assertions)::float8 AS run_assertions,
    (SELECT count(*) FROM events)::float8 AS openlineage_event`

/** Removes the next `count` runs behind `after`, with all that their events have said of nothing else. In a transaction. */
export async function removeRuns(
  run: Run,
  { horizon }: PruneRule,
  after: string,
  count: number,
): Promise<{ last: string | null; counts: Counts }> {
  const ids = (await run<{ id: string }>(NEXT_RUNS, [after, count])).map(({ id }) => id)
  if (ids.length === 0) return { last: null, counts: {} }
  await run('LOCK TABLE asset_name IN ROW SHARE MODE')
  await run(LOCK_RUNS, [ids])
  const [counts] = await run<Counts>(REMOVE_RUNS, [ids, horizon])
  return { last: ids.at(-1) ?? null, counts: counts ?? {} }
}

/** A repeat of it would be recorded anew; so it goes only when nothing of it is left. */
const REMOVE_RECORDINGS = `WITH gone AS (
    DELETE FROM recording r USING victim_recording v
    WHERE v.place > $1 AND v.place <= $2 AND r.idempotency_key = v.idempotency_key AND r.recorded_at < $3
      AND NOT EXISTS (SELECT FROM ${STILL_MADE}) RETURNING 1)
  SELECT count(*)::float8 AS recording FROM gone`

/** Likewise of idempotency keys. */
export async function removeRecordings(
  run: Run,
  { horizon }: PruneRule,
  first: number,
  last: number,
): Promise<Counts> {
  const [counts] = await run<Counts>(REMOVE_RECORDINGS, [first, last, horizon])
  return counts ?? {}
}

/** What nodes were to make in DAG runs of which nothing is left. */
const REMOVE_EXPECTATIONS = `WITH gone AS (
    DELETE FROM node_config c WHERE c.dag_id IN (SELECT dag_id FROM victim_dag) AND c.registered_at < $1
      AND NOT EXISTS (SELECT FROM materialization m WHERE m.dag_id = c.dag_id)
      AND NOT EXISTS (SELECT FROM run r WHERE r.dag_id = c.dag_id)
    RETURNING c.id
  ), assets AS (
    DELETE FROM expected_asset e USING gone g WHERE e.node_config_id = g.id RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone)::float8 AS node_config, (SELECT count(*) FROM assets)::float8 AS expected_asset`

/** Likewise of expectations of single DAG runs. */
export async function removeExpectations(run: Run, { horizon }: PruneRule): Promise<Counts> {
  const [counts] = await run<Counts>(REMOVE_EXPECTATIONS, [horizon])
  return counts ?? {}
}
