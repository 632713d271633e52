import { assetIdOf, DEFAULT_NAMESPACE, sortKeyOf } from '../../dist/src/lineage/asset-ref.js'
import { inferKind } from '../../dist/src/lineage/kind.js'
import { materializationIdOf } from '../../dist/src/lineage/materialization-id.js'

const CHUNK = 10_000
const FIRST_RECORDING = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000

/** The part of the time that the temporary tables take. */
const LOADING = 0.35

/**
 * What the server would have written, had each asset of the graph been recorded once, in the graph's order: loaded
 * into two temporary tables, and from there into the real ones, in the order of their keys.
 */
const FILL = [
  `INSERT INTO asset (id, namespace, key, sort_key, owners, created_at)
   SELECT id, namespace, key, sort_key, ARRAY['data-platform'], at FROM seed_asset ORDER BY id`,
  `INSERT INTO asset_state (asset_id, kind, kinds, kinds_at, description, description_at, latest_id, latest_at,
     updated_at)
   SELECT id, kind, ARRAY['parquet', 's3'], at, 'Made by job ' || layer || ', place ' || place, at, made_id, at, at
   FROM seed_asset ORDER BY id`,
  `INSERT INTO materialization (asset_id, id, version, job_id, dag_id, node_task_id, size_bytes, metadata,
     materialized_at, recorded_at)
   SELECT id, made_id, 'v1', 'job-' || layer, 'run-' || place / 100, 'task-' || layer, 1000 + place,
     jsonb_build_object('rows', place), at, at
   FROM seed_asset ORDER BY id`,
  `INSERT INTO latest_materialization (asset_id, partition_key, materialization_id, materialized_at)
   SELECT id, '', made_id, at FROM seed_asset ORDER BY id`,
  `INSERT INTO materialization_input (asset_id, materialization_id, upstream_id, position, version, materialized_at)
   SELECT d.id, d.made_id, u.id, e.position, 'v1', d.at
   FROM seed_edge e JOIN seed_asset d ON d.place = e.downstream JOIN seed_asset u ON u.place = e.upstream
   ORDER BY d.id, d.made_id, u.id`,
  `INSERT INTO lineage_edge (downstream_id, upstream_id)
   SELECT d.id, u.id
   FROM seed_edge e JOIN seed_asset d ON d.place = e.downstream JOIN seed_asset u ON u.place = e.upstream
   ORDER BY d.id, u.id`,
  `INSERT INTO lineage_edge_stats (downstream_id, upstream_id, first_seen_at, last_seen_at, materialization_count)
   SELECT d.id, u.id, d.at, d.at, 1
   FROM seed_edge e JOIN seed_asset d ON d.place = e.downstream JOIN seed_asset u ON u.place = e.upstream
   ORDER BY d.id, u.id`,
  'DROP TABLE seed_asset, seed_edge',
]

const SECONDARY_INDEXES = `SELECT c.oid::regclass AS name, pg_get_indexdef(c.oid) AS definition
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
  ORDER BY 1`

const SETTLE = ['VACUUM (ANALYZE)', 'CHECKPOINT']

/**
 * Fills an empty, migrated database with a graph.
 *
 * @param {import('pg').Client} client
 * @param {ReturnType<import('./graph.mjs').randomGraph>} graph
 * @param {(done: number) => void} onProgress called with the part that is done, up to 1
 */
export async function seed(client, graph, onProgress) {
  await client.query(`CREATE TEMPORARY TABLE seed_asset (place int PRIMARY KEY, layer int, id uuid, namespace text,
    key text, sort_key text, kind text, made_id uuid, at timestamptz(3))`)
  await client.query('CREATE TEMPORARY TABLE seed_edge (downstream int, upstream int, position int)')
  for (let from = 0; from < graph.size; from += CHUNK) {
    const places = Array.from({ length: Math.min(CHUNK, graph.size - from) }, (_, at) => from + at)
    await loadAssets(
      client,
      places.map((place) => assetRow(graph, place)),
    )
    await loadEdges(
      client,
      places.flatMap((place) => edgeRows(graph, place)),
    )
    onProgress((LOADING * from) / graph.size)
  }
  await client.query('ANALYZE seed_asset, seed_edge')
  // For this session alone: an index is built at once several times faster than row by row.
  await client.query("SET work_mem = '256MB'; SET maintenance_work_mem = '256MB'")
  const { rows } = await client.query(SECONDARY_INDEXES)
  const steps = [
    ...rows.map(({ name }) => `DROP INDEX ${name}`),
    ...FILL,
    ...rows.map(({ definition }) => definition),
    ...SETTLE,
  ]
  for (const [at, text] of steps.entries()) {
    onProgress(LOADING + ((1 - LOADING) * at) / steps.length)
    await client.query(text)
  }
  onProgress(1)
}

function assetRow({ keyOf, layerOf }, place) {
  const name = { namespace: DEFAULT_NAMESPACE, key: keyOf(place) }
  const layer = layerOf(place)
  const at = new Date(FIRST_RECORDING + layer * HOUR + place)
  return [
    place,
    layer,
    assetIdOf(name),
    name.namespace,
    name.key,
    sortKeyOf(name),
    inferKind(name),
    materializationIdOf(at),
    at,
  ]
}

function edgeRows({ upstream }, place) {
  return upstream[place].map((other, position) => [place, other, position])
}

function loadAssets(client, rows) {
  return client.query(
    `INSERT INTO seed_asset SELECT * FROM unnest($1::int[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::uuid[], $9::timestamptz[])`,
    columnsOf(rows, 9),
  )
}

function loadEdges(client, rows) {
  return client.query(
    'INSERT INTO seed_edge SELECT * FROM unnest($1::int[], $2::int[], $3::int[])',
    columnsOf(rows, 3),
  )
}

function columnsOf(rows, count) {
  return Array.from({ length: count }, (_, column) => rows.map((row) => row[column]))
}
