import { assetIdOf, DEFAULT_NAMESPACE, sortKeyOf } from '../../src/lineage/asset-ref.js'
import { fillWithoutIndexes } from './bulk.js'
import type { TestDatabase } from './database.js'
import type { TestServer } from './server.js'

/** An edge by the keys of its ends: the second has been made from the first. */
export type KeyedEdge = readonly [upstream: string, downstream: string]

const CHUNK = 100_000

const TABLES = [
  'asset',
  'lineage_edge',
  'lineage_edge_stats',
  'materialization',
  'materialization_input',
  'latest_materialization',
  'asset_state',
]

/** Of fewer edges indexes are sooner added to than made. */
const LARGE = 10_000

/**
 * Writes a graph as recordings of it would have left it, but for the size of it at once: each downstream asset has
 * one materialization, made from all its upstreams.
 */
export async function seedGraph(
  { database, seeDatabase }: TestServer,
  edges: readonly KeyedEdge[],
): Promise<void> {
  const fill = () => insert(database, edges)
  if (edges.length < LARGE) await fill()
  else await fillWithoutIndexes(database.sql, TABLES, fill)
  await database.sql('ANALYZE')
  await seeDatabase()
}

/** Rows go in sorted, as their indexes are, which takes less time. */
async function insert({ sql }: TestDatabase, edges: readonly KeyedEdge[]): Promise<void> {
  const ids = new Map<string, string>()
  for (const key of edges.flat())
    ids.set(key, ids.get(key) ?? assetIdOf({ namespace: DEFAULT_NAMESPACE, key }))
  const keys = [...ids.keys()]
  for (let at = 0; at < keys.length; at += CHUNK) {
    const chunk = keys.slice(at, at + CHUNK)
    const values = [
      chunk.map((key) => ids.get(key)),
      chunk,
      chunk.map((key) => sortKeyOf({ namespace: DEFAULT_NAMESPACE, key })),
    ]
    await sql(
      `INSERT INTO asset (id, namespace, key, sort_key, created_at)
       SELECT id, '${DEFAULT_NAMESPACE}', key, sort_key, now() FROM unnest($1::uuid[], $2::text[], $3::text[]) AS r(id, key, sort_key)
       ORDER BY id`,
      values,
    )
  }
  for (let at = 0; at < edges.length; at += CHUNK) {
    const chunk = edges.slice(at, at + CHUNK)
    await sql(
      `INSERT INTO lineage_edge (upstream_id, downstream_id) SELECT upstream, downstream FROM unnest($1::uuid[], $2::uuid[]) AS r(upstream, downstream)
       ORDER BY downstream, upstream`,
      [chunk.map(([upstream]) => ids.get(upstream)), chunk.map(([, downstream]) => ids.get(downstream))],
    )
  }
  await sql(`INSERT INTO lineage_edge_stats (downstream_id, upstream_id, first_seen_at, last_seen_at, materialization_count)
    SELECT downstream_id, upstream_id, '2026-01-01', '2026-01-01', 1 FROM lineage_edge
    ORDER BY downstream_id, upstream_id`)
  await sql(`INSERT INTO materialization (asset_id, id, job_id, materialized_at, recorded_at)
    SELECT d, d, 'seed', '2026-01-01', now() FROM (SELECT DISTINCT downstream_id AS d FROM lineage_edge) e ORDER BY d`)
  await sql(`INSERT INTO materialization_input (asset_id, materialization_id, upstream_id, position, materialized_at)
    SELECT downstream_id, downstream_id, upstream_id, row_number() OVER (PARTITION BY downstream_id) - 1, '2026-01-01'
    FROM lineage_edge ORDER BY downstream_id, upstream_id`)
  await sql(`INSERT INTO latest_materialization (asset_id, partition_key, materialization_id, materialized_at)
    SELECT asset_id, '', id, materialized_at FROM materialization ORDER BY asset_id`)
  await sql(`INSERT INTO asset_state (asset_id, kind, latest_id, latest_at, updated_at)
    SELECT a.id, 'json', m.id, m.materialized_at, now() FROM asset a LEFT JOIN materialization m ON m.asset_id = a.id
    ORDER BY a.id`)
}
