import { AS_NAMED, RESOLVED_ID } from '../input-queries.js'
import type { Run } from '../rebuild/sql.js'
import { ASSERTED, CHECKED_ID } from '../run-assertion-queries.js'
import { type Counts, isVictim, type PruneRule } from './rule.js'
import { planSchemas } from './schemas.js'

const TABLES = `
  CREATE TEMP TABLE needed (asset_id uuid, id uuid);
  CREATE TEMP TABLE victim (asset_id uuid, id uuid, run_id uuid, dag_id text, materialized_at timestamptz, place bigint,
    PRIMARY KEY (asset_id, id));
  CREATE TEMP TABLE victim_run (id uuid PRIMARY KEY);
  CREATE TEMP TABLE victim_assertions (run_id uuid, asset_id uuid, id uuid, checked_id uuid);
  CREATE TEMP TABLE victim_event (hash bytea, run_id uuid);
  CREATE TEMP TABLE victim_recording (idempotency_key text, place bigint PRIMARY KEY);
  CREATE TEMP TABLE victim_dag (dag_id text)`

/** What the latest of each slice was made from: what is stale, and why, follows from it. */
const NEEDED = `INSERT INTO needed
  SELECT DISTINCT i.upstream_id, ${RESOLVED_ID}
  FROM latest_materialization l
  JOIN materialization m ON m.asset_id = l.asset_id AND m.id = l.materialization_id
  JOIN materialization_input named ON named.asset_id = m.asset_id AND named.materialization_id = m.id
  ${AS_NAMED}`

/** Whether there are `count` in the slice of `m` that are newer, and of them those that a condition holds of. */
const areNewer = (count: string, condition = '') => {
  const within = (partition: string) => `(SELECT count(*) FROM (
      SELECT FROM materialization n WHERE n.asset_id = m.asset_id AND n.partition_key ${partition}
        AND (n.materialized_at, n.id) > (m.materialized_at, m.id) ${condition} LIMIT ${count}) newer) = ${count}`
  return `CASE WHEN m.partition_key IS NULL THEN ${within('IS NULL')} ELSE ${within('= m.partition_key')} END`
}

/**
 * Whether the materialization `m` is old and nothing of its own keeps it, as SQL; $1: the horizon, $2: how many stay. Of
 * each slice what was the latest at the horizon stays, so that what was current at any later time can still be said.
 */
export const MAY_GO = `m.materialized_at < $1 AND m.recorded_at < $1
  AND ${areNewer('$2::bigint')} AND ${areNewer('1', 'AND n.materialized_at < $1')}
  AND NOT EXISTS (SELECT FROM check_result c
    WHERE c.asset_id = m.asset_id AND c.materialization_id = m.id AND c.checked_at >= $1)`

const OLD = `INSERT INTO victim (asset_id, id, run_id, dag_id, materialized_at)
  SELECT m.asset_id, m.id, m.run_id, m.dag_id, m.materialized_at FROM materialization m
  WHERE ${MAY_GO} AND NOT EXISTS (SELECT FROM needed k WHERE k.asset_id = m.asset_id AND k.id = m.id)
    AND ($3::text IS NULL OR EXISTS (SELECT FROM asset a WHERE a.id = m.asset_id AND a.namespace = $3))`

/** Of one namespace alone those runs can go that are said to make assets there, and nowhere else. */
const OLD_RUNS = `INSERT INTO victim_run
  SELECT r.id FROM run r
  WHERE r.updated_at < $1 AND r.begun_at < $1 AND COALESCE(r.ended_at, '-infinity') < $1
    AND ($2::text IS NULL OR (cardinality(r.output_ids) > 0 AND NOT EXISTS (
      SELECT FROM unnest(r.output_ids) AS o(id) LEFT JOIN asset a ON a.id = o.id WHERE a.namespace IS DISTINCT FROM $2)))`

const ASSERTIONS = `INSERT INTO victim_assertions
  SELECT i.run_id, i.asset_id, i.id, ${CHECKED_ID} FROM ${ASSERTED} i WHERE i.run_id IN (SELECT id FROM victim_run)`

/** Whether the same node of its DAG run has made the slice of `m` again, as SQL. A DAG's name may be that of all its runs. */
export const IS_MADE_AGAIN = `EXISTS (
    SELECT FROM materialization s
    WHERE s.asset_id = m.asset_id AND s.dag_id = m.dag_id AND (s.materialized_at, s.id) > (m.materialized_at, m.id)
      AND s.partition_key IS NOT DISTINCT FROM m.partition_key
      AND s.node_task_id IS NOT DISTINCT FROM m.node_task_id)`

/**
 * What belongs together stays together: a run with what it has made, for its events tell of it again; what a run has
 * asserted with what that is said of; the latest of all that one DAG run has made, for its status. Each keeps others:
 * until none does.
 */
const KEEP_TOGETHER = [
  `DELETE FROM victim_run r WHERE EXISTS (
     SELECT FROM materialization m WHERE m.run_id = r.id AND NOT ${isVictim('m.asset_id', 'm.id')})`,
  `DELETE FROM victim_run r USING victim_assertions a
   WHERE a.run_id = r.id AND a.checked_id IS NOT NULL AND NOT ${isVictim('a.asset_id', 'a.checked_id')}`,
  `DELETE FROM victim o WHERE o.run_id IN (SELECT r.id FROM run r WHERE r.id NOT IN (SELECT id FROM victim_run))`,
  `DELETE FROM victim o USING materialization m
   WHERE m.asset_id = o.asset_id AND m.id = o.id AND NOT ${IS_MADE_AGAIN} AND o.dag_id IN (
     SELECT d.dag_id FROM (SELECT DISTINCT dag_id FROM victim) d
     WHERE EXISTS (SELECT FROM materialization m WHERE m.dag_id = d.dag_id AND NOT ${isVictim('m.asset_id', 'm.id')}))`,
]

/** The newest first: what was made from something goes before that. */
const IN_ORDER = `UPDATE victim v SET place = o.place
  FROM (SELECT asset_id, id, row_number() OVER (ORDER BY materialized_at DESC, asset_id, id) AS place FROM victim) o
  WHERE v.asset_id = o.asset_id AND v.id = o.id`

const EVENTS = `INSERT INTO victim_event
  SELECT e.hash, e.run_id FROM openlineage_event e JOIN victim_run r ON r.id = e.run_id WHERE e.received_at < $1`

/** What the recording `r` has made and is still there, under whatever name, as SQL. */
export const STILL_MADE = `unnest(r.asset_ids, r.materialization_ids) AS u(asset_id, id)
  JOIN materialization m ON m.id = u.id AND m.asset_id = COALESCE(
    (SELECT n.asset_id FROM asset_name n WHERE n.id = u.asset_id), u.asset_id)`

const RECORDINGS = `INSERT INTO victim_recording
  SELECT r.idempotency_key, row_number() OVER ()
  FROM recording r
  WHERE r.recorded_at < $1 AND NOT EXISTS (SELECT FROM ${STILL_MADE} WHERE NOT ${isVictim('m.asset_id', 'm.id')})`

/** How many rows the plan is of, by table. */
const COUNTS = `SELECT
  (SELECT count(*) FROM victim)::float8 AS materialization,
  (SELECT count(*) FROM materialization_input i JOIN victim v
     ON v.asset_id = i.asset_id AND v.id = i.materialization_id)::float8 AS materialization_input,
  (SELECT count(*) FROM materialization_schema s JOIN victim v
     ON v.asset_id = s.asset_id AND v.id = s.materialization_id)::float8 AS materialization_schema,
  (SELECT count(*) FROM check_result c JOIN victim v
     ON v.asset_id = c.asset_id AND v.id = c.materialization_id)::float8 AS check_result,
  (SELECT count(*) FROM victim_run)::float8 AS run,
  (SELECT count(*) FROM victim_assertions a JOIN victim_run r ON r.id = a.run_id)::float8 AS run_assertions,
  (SELECT count(*) FROM victim_event)::float8 AS openlineage_event,
  (SELECT count(*) FROM victim_recording)::float8 AS recording,
  (SELECT count(*) FROM victim_schema)::float8 AS asset_schema`

/**
 * Finds what may go, in one state of the database, and lists it in tables of this connection's own. What else is written
 * meanwhile is looked at again when it is removed.
 */
export async function planPrune(run: Run, rule: PruneRule): Promise<Counts> {
  const { horizon, keepLatest, namespace } = rule
  await run('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await run(TABLES)
  await run(NEEDED)
  await run('ANALYZE needed')
  await run(OLD, [horizon, keepLatest, namespace])
  await run(OLD_RUNS, [horizon, namespace])
  await run('ANALYZE victim, victim_run')
  await run(ASSERTIONS)
  await run('ANALYZE victim_assertions')
  for (let kept = 1; kept > 0; ) {
    kept = 0
    for (const keep of KEEP_TOGETHER) {
      const [row] = await run<{ count: number }>(
        `WITH k AS (${keep} RETURNING 1) SELECT count(*)::float8 AS count FROM k`,
      )
      kept += row?.count ?? 0
    }
  }
  await run(IN_ORDER)
  await run('CREATE UNIQUE INDEX ON pg_temp.victim (place)')
  await run(EVENTS, [horizon])
  await run(RECORDINGS, [horizon])
  await planSchemas(run, rule)
  await run('INSERT INTO victim_dag SELECT DISTINCT dag_id FROM victim WHERE dag_id IS NOT NULL')
  await run('CREATE INDEX ON pg_temp.victim_event (run_id)')
  await run('CREATE INDEX ON pg_temp.victim_assertions (run_id)')
  await run('ANALYZE victim, victim_run, victim_event, victim_recording, victim_assertions')
  const [counts] = await run<Counts>(COUNTS)
  await run('COMMIT')
  return counts ?? {}
}
