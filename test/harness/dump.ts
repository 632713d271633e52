import type { TestServer } from './server.js'

/** Empties every table of a server's database. */
export async function clear({ database: { sql } }: TestServer): Promise<void> {
  await sql(`TRUNCATE asset, asset_state, materialization, materialization_input, latest_materialization,
    lineage_edge, lineage_edge_stats, recording`)
}

/** A materialization by what its executor calls it: its storage event, or its idempotency key and place. */
const NAMES = `
  WITH name AS (
    SELECT asset_id, id, 'event ' || storage_event_id AS name FROM materialization WHERE storage_event_id IS NOT NULL
    UNION ALL
    SELECT m.asset_id, m.id, 'key ' || r.idempotency_key || ' at ' || u.place
    FROM recording r, unnest(r.asset_ids, r.materialization_ids) WITH ORDINALITY AS u(asset_id, id, place)
    JOIN materialization m ON m.asset_id = u.asset_id AND m.id = u.id WHERE m.storage_event_id IS NULL)`

/**
 * All that the tables hold, but for ids and for the times of the server's clock: what has to be the same whatever
 * the order in which the same recordings arrive.
 */
export async function dumpTables({ database: { sql } }: TestServer): Promise<object> {
  return {
    assets: await sql(`SELECT a.namespace, a.key, a.sort_key, a.tags, a.owners, s.kind, s.kind_at, s.kinds, s.kinds_at,
        s.description, s.description_at, s.latest_at
      FROM asset a FULL JOIN asset_state s ON s.asset_id = a.id ORDER BY a.namespace, a.key`),
    materializations: await sql(`${NAMES}
      SELECT a.key, n.name, m.version, m.job_id, m.dag_id, m.node_task_id, m.partition_key, m.storage_event_id,
        m.size_bytes, m.checksum, m.uri, m.code_version, m.metadata, m.materialized_at
      FROM materialization m JOIN asset a ON a.id = m.asset_id
      LEFT JOIN name n ON n.asset_id = m.asset_id AND n.id = m.id ORDER BY a.key, n.name`),
    inputs: await sql(`${NAMES}
      SELECT a.key, n.name, u.key AS upstream, i.position, i.version, i.partition_key, i.materialized_at
      FROM materialization_input i JOIN asset a ON a.id = i.asset_id JOIN asset u ON u.id = i.upstream_id
      LEFT JOIN name n ON n.asset_id = i.asset_id AND n.id = i.materialization_id ORDER BY a.key, n.name, i.position`),
    latest: await sql(`${NAMES}
      SELECT a.key, l.partition_key, n.name, l.materialized_at FROM latest_materialization l
      JOIN asset a ON a.id = l.asset_id
      LEFT JOIN name n ON n.asset_id = l.asset_id AND n.id = l.materialization_id
      UNION ALL
      SELECT a.key, NULL, n.name, s.latest_at FROM asset_state s JOIN asset a ON a.id = s.asset_id
      LEFT JOIN name n ON n.asset_id = s.asset_id AND n.id = s.latest_id
      ORDER BY key, partition_key`),
    edges: await sql(`SELECT u.key AS upstream, d.key AS downstream, s.first_seen_at, s.last_seen_at,
        s.materialization_count
      FROM lineage_edge e FULL JOIN lineage_edge_stats s USING (downstream_id, upstream_id)
      JOIN asset u ON u.id = upstream_id JOIN asset d ON d.id = downstream_id ORDER BY u.key, d.key`),
    recordings: await sql(`${NAMES}
      SELECT r.idempotency_key, encode(r.content_hash, 'hex') AS content, array_agg(n.name ORDER BY u.place) AS made
      FROM recording r CROSS JOIN unnest(r.asset_ids, r.materialization_ids) WITH ORDINALITY AS u(asset_id, id, place)
      LEFT JOIN name n ON n.asset_id = u.asset_id AND n.id = u.id
      GROUP BY r.idempotency_key, r.content_hash ORDER BY r.idempotency_key`),
  }
}

interface Resolved {
  id: string
  inputs: { resolution: string; version: string | null; materialization: { id: string } | null }[]
  consumers: { nodes: { id: string }[]; totalCount: number }
}

/** Every materialization of a server with fewer than a thousand, by its id, with its inputs and its consumers. */
export async function provenanceOf(server: TestServer): Promise<Map<string, Resolved>> {
  const { materializations } = await server.query<{ materializations: { nodes: Resolved[] } }, undefined>(`{
    materializations(first: 1000) { nodes { id
      inputs { resolution version materialization { id } } consumers(first: 1000) { nodes { id } totalCount } } } }`)
  return new Map(materializations.nodes.map((one) => [one.id, one]))
}
