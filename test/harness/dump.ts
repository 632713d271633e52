import type { TestServer } from './server.js'

/** Empties every table of a server's database. */
export async function clear({ database: { sql }, seeDatabase }: TestServer): Promise<void> {
  // Of few rows, faster than TRUNCATE, which makes every file of every index anew.
  await sql(`WITH a AS (DELETE FROM asset), s AS (DELETE FROM asset_state), m AS (DELETE FROM materialization),
      i AS (DELETE FROM materialization_input), l AS (DELETE FROM latest_materialization),
      e AS (DELETE FROM lineage_edge), c AS (DELETE FROM lineage_edge_stats),
      n AS (DELETE FROM node_config), x AS (DELETE FROM expected_asset), r AS (DELETE FROM check_result),
      f AS (DELETE FROM asset_search), t AS (DELETE FROM asset_lifecycle), re AS (DELETE FROM removed_edge), rt AS (DELETE FROM retention), ac AS (DELETE FROM asset_column), sc AS (DELETE FROM asset_schema),
      ms AS (DELETE FROM materialization_schema), ce AS (DELETE FROM column_edge),
      u AS (DELETE FROM run), ra AS (DELETE FROM run_assertions), o AS (DELETE FROM openlineage_event), an AS (DELETE FROM asset_name)
    DELETE FROM recording`)
  await seeDatabase('anew')
}

/** A materialization by what its executor calls it: its storage event and name (by its id), or its idempotency key and place. */
const NAMES = `
  WITH name AS (
    SELECT asset_id, id, 'id ' || id AS name FROM materialization WHERE id < '00000001-0000-0000-0000-000000000000'
    UNION ALL
    SELECT m.asset_id, m.id, 'key ' || r.idempotency_key || ' at ' || u.place
    FROM recording r, unnest(r.asset_ids, r.materialization_ids) WITH ORDINALITY AS u(asset_id, id, place)
    JOIN materialization m ON m.id = u.id WHERE m.storage_event_id IS NULL)`

/**
 * All that the tables hold, but for ids and for the times of the server's clock: what has to be the same whatever
 * the order in which the same recordings arrive.
 */
export async function dumpTables({ database: { sql } }: TestServer): Promise<object> {
  return {
    assets:
      await sql(`SELECT a.namespace, a.key, a.sort_key, a.tags, a.tags_at, a.owners, a.owners_at, s.kind, s.kind_at, s.kinds, s.kinds_at,
        s.description, s.description_at, s.latest_at, f.folded_key, f.folded_name,
        tsvector_to_array(f.document) AS searched, encode(f.description_hash, 'hex') AS described
      FROM asset a FULL JOIN asset_state s ON s.asset_id = a.id FULL JOIN asset_search f ON f.asset_id = a.id
      ORDER BY a.namespace, a.key`),
    materializations: await sql(`${NAMES}
      SELECT a.key, n.name, m.version, m.job_id, m.dag_id, m.node_task_id, m.partition_key, m.storage_event_id,
        m.size_bytes, m.checksum, m.uri, m.code_version, m.metadata, m.materialized_at, m.run_id
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
    runs: await sql("SELECT (to_jsonb(r) - 'updated_at') AS run FROM run r ORDER BY id"),
    assertions: await sql(
      "SELECT (to_jsonb(r) - 'transaction_id') AS assertions FROM run_assertions r ORDER BY asset_id, id",
    ),
    events: await sql(
      `SELECT encode(hash, 'hex') AS hash, run_id, event_time, body FROM openlineage_event ORDER BY hash`,
    ),
    names: await sql('SELECT namespace, key, is_alias, asset_id FROM asset_name ORDER BY namespace, key'),
    lifecycle: await sql('SELECT * FROM asset_lifecycle ORDER BY asset_id, id'),
    edges: await sql(`SELECT u.key AS upstream, d.key AS downstream, s.first_seen_at, s.last_seen_at,
        s.materialization_count, s.declared_from, s.declared_to
      FROM lineage_edge e FULL JOIN lineage_edge_stats s USING (downstream_id, upstream_id)
      JOIN asset u ON u.id = upstream_id JOIN asset d ON d.id = downstream_id ORDER BY u.key, d.key`),
    columns: await sql(`SELECT a.key, c.name FROM asset_column c JOIN asset a ON a.id = c.asset_id
      ORDER BY a.key, c.name`),
    schemas:
      await sql(`SELECT a.key, encode(s.hash, 'hex') AS hash, s.columns, s.stated_at FROM asset_schema s
      JOIN asset a ON a.id = s.asset_id ORDER BY a.key, s.hash`),
    schemasHeld: await sql(`${NAMES}
      SELECT a.key, n.name, encode(h.hash, 'hex') AS hash FROM materialization_schema h JOIN asset a ON a.id = h.asset_id
      LEFT JOIN name n ON n.asset_id = h.asset_id AND n.id = h.materialization_id ORDER BY a.key, n.name, hash`),
    columnEdges: await sql(`SELECT a.key, e.column_name, u.key AS upstream, e.upstream_column, e.is_indirect,
        e.transformations, e.stated_at, e.first_seen_at, e.last_seen_at
      FROM column_edge e JOIN asset a ON a.id = e.asset_id JOIN asset u ON u.id = e.upstream_id
      ORDER BY a.key, e.column_name, u.key, e.upstream_column, e.is_indirect`),
    recordings: await sql(`${NAMES}
      SELECT r.idempotency_key, encode(r.content_hash, 'hex') AS content, array_agg(n.name ORDER BY u.place) AS made
      FROM recording r CROSS JOIN unnest(r.asset_ids, r.materialization_ids) WITH ORDINALITY AS u(asset_id, id, place)
      LEFT JOIN name n ON n.id = u.id
      GROUP BY r.idempotency_key, r.content_hash ORDER BY r.idempotency_key`),
  }
}

/** Of what is searched places mean nothing; of words those count that something has. */
const ROWS: Record<string, string> = {
  asset_search: `(SELECT asset_id, folded_key, folded_name, description_hash, ARRAY(
    SELECT u.lexeme || ' ' || ARRAY(SELECT unnest(u.weights) ORDER BY 1)::text FROM unnest(document) u ORDER BY 1) AS document
    FROM asset_search)`,
  search_word: `(SELECT word FROM search_word WHERE EXISTS (
    SELECT FROM asset_search, unnest(document) u WHERE u.lexeme IN ('k' || word, 'x' || word)))`,
}

/** A row, by its columns. */
export type Row = Record<string, unknown>

/** Every row of every table, with all ids and times, but for the transaction that has written it. */
export async function dumpRows({ database: { sql } }: TestServer): Promise<Record<string, Row[]>> {
  const tables = await sql<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' ORDER BY tablename`,
  )
  const rows = await Promise.all(
    tables.map(({ name }) =>
      sql<{ row: Row }>(
        `SELECT to_jsonb(t) - 'transaction_id' - 'moved_by' AS row FROM ${ROWS[name] ?? name} t ORDER BY t::text`,
      ),
    ),
  )
  return Object.fromEntries(tables.map(({ name }, at) => [name, rows[at]?.map(({ row }) => row) ?? []]))
}

/** The number of rows of every table. */
export async function countRows({ database: { sql } }: TestServer): Promise<Record<string, number>> {
  const [counts = {}] = await sql<Record<string, number>>(`SELECT
    (SELECT count(*)::int FROM asset) AS assets, (SELECT count(*)::int FROM asset_state) AS states,
    (SELECT count(*)::int FROM materialization) AS materializations,
    (SELECT count(*)::int FROM materialization_input) AS inputs,
    (SELECT count(*)::int FROM latest_materialization) AS slices,
    (SELECT count(*)::int FROM lineage_edge) AS edges, (SELECT count(*)::int FROM lineage_edge_stats) AS stats,
    (SELECT count(*)::int FROM recording) AS recordings`)
  return counts
}

interface Named {
  asset: { key: string }
  storageEventId: number | string | null
  jobId: string
  codeVersion: string | null
}

interface Provenance extends Named {
  inputs: { resolution: string; version: string | null; materialization: Named | null }[]
  consumers: { nodes: Named[]; totalCount: number }
}

const NAMED = 'asset { key } storageEventId jobId codeVersion'

/**
 * For each materialization, in the order of their names, what GraphQL answers as its inputs and its consumers.
 * Names tell materializations of one log apart where each recording has a job, or a storage event, of its own and
 * each of its assets a codeVersion. There must be fewer than a thousand.
 */
export async function dumpProvenance(server: TestServer) {
  const { materializations } = await server.query<
    { materializations: { nodes: Provenance[] } },
    undefined
  >(`{ materializations(first: 1000) { nodes {
      ${NAMED}
      inputs { resolution version materialization { ${NAMED} } }
      consumers(first: 1000) { nodes { ${NAMED} } totalCount } } } }`)
  return materializations.nodes
    .map(({ inputs, consumers, ...one }) => ({
      name: nameOf(one),
      inputs: inputs.map(({ resolution, version, materialization }) => ({
        resolution,
        version,
        name: materialization === null ? null : nameOf(materialization),
      })),
      consumers: consumers.nodes.map(nameOf),
      consumerCount: consumers.totalCount,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function nameOf({ asset, storageEventId, jobId, codeVersion }: Named): string {
  return storageEventId === null
    ? `${asset.key} of ${jobId} at ${codeVersion}`
    : `${asset.key} of event ${storageEventId}`
}
