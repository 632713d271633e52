import pg from 'pg'
import { assetIdOf, DEFAULT_NAMESPACE } from '../../../src/lineage/asset-ref.js'
import { fillWithoutIndexes } from '../../harness/bulk.js'

/** Of which each has four upstreams and four materializations: a little over a million of each. */
const ASSETS = 260_000

/** The key of the asset at this place; the greater the place, the later it was made, and the fewer use it. */
export const keyAt = (place: number) => `stage-${Math.floor(place / 13_000)}/dataset-${place}`

/** The place of the one asset whose history is long. */
export const LONG_HISTORY = 150_000

/** How far back the first materialization lies; from then to now they come at even distances, 300 an hour. */
const SPAN = `interval '145 days'`

/**
 * All materializations, in the order in which they were made: they come in rounds, each asset once a round. Every other
 * asset has partitions, and versions that nothing else has; the others have one of four versions. What each was made
 * from is one of the places before: the four have each a range of their own, and most use the beginning of theirs.
 */
const MADE = `CREATE UNLOGGED TABLE seed_made AS
  SELECT a.id AS asset_id, m.n, m.k, m.g,
    ('01' || lpad(to_hex(m.g), 10, '0') || '70008000' || lpad(to_hex(m.g), 12, '0'))::uuid AS id,
    date_trunc('hour', now()) - ${SPAN} * (1 - m.g / ${4 * ASSETS}::float8) AS at,
    CASE WHEN m.n % 2 = 1 THEN 'day-' || m.k END AS partition_key,
    CASE WHEN m.n % 2 = 0 THEN 'v' || m.k ELSE md5(m.g::text) END AS version,
    u.id AS upstream_id
  FROM (SELECT k, n, k * ${ASSETS} + n AS g FROM generate_series(0, 3) k, generate_series(0, ${ASSETS} - 1) n) m
  JOIN seed_asset a ON a.n = m.n
  LEFT JOIN seed_asset u ON m.n >= 64 AND u.n = m.n * m.k * m.k * m.k / 64 + floor(
    (m.n * (m.k + 1) * (m.k + 1) * (m.k + 1) / 64 - m.n * m.k * m.k * m.k / 64)
      * power(((m.n::bigint * 7919 + m.k * 104729) % 1000003) / 1000003::float8, 3))::int
  ORDER BY m.g`

/** A run's id made of something else, as SQL: of version 5. */
const runIdOf = (seed: string) =>
  `overlay(overlay(md5(${seed}) placing '5' from 13) placing '8' from 17)::uuid`

/** What a run asserts has an id that begins as the run's, and two results, as SQL. */
const assertedId = (runId: string, end: number) =>
  `overlay(${runId}::text placing '8000-00000000000${end}' from 20)::uuid`
function resultsOf(runId: string): string {
  const result = (end: number) =>
    `jsonb_build_object('id', ${assertedId(runId, end)}, 'name', 'check', 'status', 'PASSED', 'severity', 'ERROR')`
  return `jsonb_build_array(${result(1)}, ${result(2)})`
}

/** Rows lie in the order in which recordings would have written them. */
const FILL = [
  `INSERT INTO asset (id, namespace, key, sort_key, created_at)
   SELECT id, '${DEFAULT_NAMESPACE}', key, '${DEFAULT_NAMESPACE}' || chr(1) || key, now() FROM seed_asset`,
  `INSERT INTO asset_state (asset_id, kind, latest_id, latest_at, updated_at)
   SELECT asset_id, 'json', id, at, now() FROM seed_made WHERE k = 3`,
  `INSERT INTO asset_search (asset_id, folded_key, folded_name, document)
   SELECT id, key, '${DEFAULT_NAMESPACE}' || chr(1) || key,
     array_to_tsvector(ARRAY['kstage', 'kdataset', 'pd', 'pda', 'k' || n % 20, 'k' || n]
       || CASE WHEN id::text LIKE '0%' THEN ARRAY['#1'] ELSE '{}' END)
   FROM seed_asset`,
  `INSERT INTO search_word (word) SELECT n::text FROM seed_asset UNION ALL VALUES ('stage'), ('dataset')`,
  // Before all others, so that nothing else has to know of them.
  `INSERT INTO materialization (asset_id, id, version, job_id, dag_id, node_task_id, materialized_at, recorded_at)
   SELECT a.id, ('00' || lpad(to_hex(g), 10, '0') || '70008000' || lpad(to_hex(g), 12, '0'))::uuid, md5(g::text),
     'old-job', 'old-run-' || g, 'old-node', now() - interval '200 days' + g * interval '1 minute', now()
   FROM seed_asset a, generate_series(1, 50000) g WHERE a.n = ${LONG_HISTORY}`,
  `INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
   SELECT asset_id, id, id, 'check', 'PASSED', 'ERROR', materialized_at FROM materialization`,
  `INSERT INTO run_assertions (asset_id, id, run_id, as_of, dag_id, checked_at, results, result_count)
   SELECT asset_id, ${assertedId('run', 0)}, run, materialized_at, dag_id, materialized_at, ${resultsOf('run')}, 2
   FROM (SELECT m.*, ${runIdOf('id::text')} AS run FROM materialization m) m`,
  `INSERT INTO asset_column (asset_id, name) SELECT id, 'column-' || g FROM seed_asset, generate_series(1, 4) g`,
  `INSERT INTO asset_schema (asset_id, hash, columns, stated_at)
   SELECT id, sha256(g::text::bytea), '[{"name": "column-1"}]', now() - g * interval '1 day'
   FROM seed_asset, generate_series(1, 4) g`,
  // All of them have been made since.
  `INSERT INTO asset_lifecycle (asset_id, id, is_retired, since) SELECT id, id, true, now() - interval '300 days' FROM seed_asset WHERE n % 20 = 0`,
  // A twentieth of them have another name.
  `INSERT INTO asset_name (id, namespace, key, is_alias, asset_id)
   SELECT id, '${DEFAULT_NAMESPACE}', key, false, id FROM seed_asset WHERE n % 20 = 1
   UNION ALL SELECT md5(key)::uuid, '${DEFAULT_NAMESPACE}', 'alias of ' || key, true, id FROM seed_asset WHERE n % 20 = 1`,
  `INSERT INTO removed_edge (downstream_id, upstream_id) SELECT a.id, b.id FROM seed_asset a JOIN seed_asset b ON b.n = a.n - 1 WHERE a.n % 5 = 0`,
  `INSERT INTO openlineage_event (hash, event_time, received_at, body) SELECT sha256(key::bytea), now(), now(), '{}' FROM seed_asset`,
  `INSERT INTO node_config (id, dag_id, node_task_id, registered_at)
   SELECT id, CASE WHEN n % 2 = 0 THEN 'run-' || n END, 'node-' || n, now() FROM seed_asset WHERE n < 20000`,
  // One of each asset, which made its last materialization; a twentieth of them have all of them as their parts.
  `INSERT INTO run (id, job_namespace, job_name, job_key, run_id, state, begun_at, parent_id, parent, dag_id, node_task_id,
     input_ids, output_ids, merged, updated_at)
   SELECT a.id, 'jobs', 'job-' || a.n % 5000, 'jobs' || chr(1) || 'job-' || a.n % 5000, a.n::text,
     CASE WHEN a.n % 1000 = 0 THEN 'FAILED' ELSE 'COMPLETED' END, now() - ${SPAN} * (1 - a.n / ${ASSETS}::float8), p.id,
     jsonb_build_object('jobNamespace', 'jobs', 'jobName', 'job-' || p.n % 5000, 'runId', p.n::text),
     'run-' || a.n / 100, 'node-' || a.n % 200, ARRAY[a.id], ARRAY[a.id], '{}', now()
   FROM seed_asset a JOIN seed_asset p ON p.n = a.n / 20`,
  `INSERT INTO expected_asset (node_config_id, asset_id, position, is_primary, is_required)
   SELECT c.id, a.id, g, true, true
   FROM seed_asset c CROSS JOIN generate_series(0, 4) g JOIN seed_asset a ON a.n = c.n + g WHERE c.n < 20000`,
]

/** What hangs on materializations. */
const FILL_MADE = [
  `INSERT INTO materialization (asset_id, id, version, job_id, dag_id, node_task_id, partition_key, storage_event_id,
     materialized_at, recorded_at, run_id)
   SELECT asset_id, id, version, 'job-' || g / 10, 'run-' || g / 100, 'node-' || g % 200, partition_key,
     CASE WHEN n % 4 = 0 THEN g END, at, at,
     CASE WHEN k = 3 THEN asset_id END FROM seed_made`,
  `INSERT INTO materialization_input (asset_id, materialization_id, upstream_id, position, version, partition_key,
     materialized_at)
   SELECT asset_id, id, upstream_id, 0, CASE WHEN n % 3 = 0 THEN 'v' || k END,
     CASE WHEN n % 5 = 0 THEN partition_key END, at
   FROM seed_made WHERE n >= 64`,
  `INSERT INTO materialization_schema (asset_id, materialization_id, hash)
   SELECT asset_id, id, sha256('1') FROM seed_made`,
  // Of three columns each from one of an upstream; of a fourth materialization all columns.
  `INSERT INTO column_edge (asset_id, column_name, upstream_id, upstream_column, is_indirect, transformations, stated_at,
     first_seen_at, last_seen_at)
   SELECT asset_id, CASE WHEN k < 3 THEN 'column-' || k ELSE '' END, upstream_id, 'column-' || n % 4 + 1, k = 3, '[]',
     at, at, at
   FROM seed_made WHERE n >= 64`,
  `INSERT INTO lineage_edge (downstream_id, upstream_id)
   SELECT asset_id, upstream_id FROM seed_made WHERE n >= 64`,
  `INSERT INTO latest_materialization (asset_id, partition_key, materialization_id, materialized_at)
   SELECT asset_id, COALESCE(partition_key, ''), id, at FROM seed_made WHERE n % 2 = 1 OR k = 3`,
  `INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, checked_at)
   SELECT asset_id, id, id, 'check', 'PASSED', 'ERROR', at FROM seed_made WHERE n % 4 = 0`,
  // The last of them asserted by the run that made it, in a seventh of all.
  `INSERT INTO run_assertions (asset_id, id, run_id, materialization_id, version, partition_key, as_of, dag_id,
     checked_at, results, result_count)
   SELECT asset_id, ${assertedId('run_id', 0)}, run_id, CASE WHEN is_own THEN id END, CASE WHEN n % 3 = 0 THEN 'v' || k END,
     CASE WHEN n % 5 = 0 THEN partition_key END, at, 'run-' || g / 100, at, ${resultsOf('run_id')}, 2
   FROM (SELECT m.*, is_own, CASE WHEN is_own THEN asset_id ELSE ${runIdOf(`'run ' || g`)} END AS run_id
         FROM seed_made m, LATERAL (SELECT m.k = 3 AND m.n % 7 = 0 AS is_own) own WHERE m.n % 4 = 0) m`,
  `INSERT INTO recording (idempotency_key, content_hash, asset_ids, materialization_ids, recorded_at)
   SELECT 'key ' || g, '', ARRAY[asset_id], ARRAY[id], now() FROM seed_made WHERE n % 4 = 0`,
]

const STATS = `INSERT INTO lineage_edge_stats (downstream_id, upstream_id, first_seen_at, last_seen_at, materialization_count)
  SELECT downstream_id, upstream_id, now() - ${SPAN}, now(), 1 FROM lineage_edge`

const TABLES = [
  'asset',
  'materialization',
  'materialization_input',
  'latest_materialization',
  'lineage_edge',
  'lineage_edge_stats',
  'check_result',
  'recording',
  'asset_search',
  'search_word',
  'run',
  'openlineage_event',
  'asset_name',
  'asset_column',
  'asset_schema',
  'materialization_schema',
  'column_edge',
  'run_assertions',
]

/** Fills a migrated, empty database with a million rows in each of the tables that grow. */
export async function seedMillion(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const run = async (text: string, values: unknown[] = []) => void (await client.query(text, values))
    await run(`SET maintenance_work_mem = '256MB'`)
    await run(`SET work_mem = '64MB'`)
    // Shared out among workers it comes to more work.
    await run('SET max_parallel_maintenance_workers = 0')
    await run('SET max_parallel_workers_per_gather = 0')
    const keys = Array.from({ length: ASSETS }, (_, place) => keyAt(place))
    await run(
      `CREATE TABLE seed_asset AS
       SELECT id, key, n::int - 1 AS n FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS r(id, key, n)`,
      [keys.map((key) => assetIdOf({ namespace: DEFAULT_NAMESPACE, key })), keys],
    )
    await run('ANALYZE seed_asset')
    await run(MADE)
    // Plans know of no log, which takes its time; nor is anything to look at the tables before all rows are there.
    for (const table of TABLES) await run(`ALTER TABLE ${table} SET UNLOGGED, SET (autovacuum_enabled = off)`)
    const sql = async (text: string) => (await client.query(text)).rows
    await fillWithoutIndexes(sql, TABLES, async () => {
      for (const text of FILL) await run(text)
      for (const text of FILL_MADE) await run(text)
      await run(STATS)
    })
    await run('DROP TABLE seed_asset, seed_made')
    // VACUUM too: only then an index alone can answer, and an index on words has taken in its latest entries.
    await run('VACUUM ANALYZE')
  } finally {
    await client.end()
  }
}
