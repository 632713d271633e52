import type { Run } from './sql.js'

/** The tables that ingest writes to, beside that of the events, in about the order in which writers lock them. */
const TABLES = [
  'run',
  'run_assertions',
  'column_edge',
  'asset_column',
  'asset_schema',
  'materialization_schema',
  'lineage_edge_stats',
  'lineage_edge',
  'search_word',
  'asset_search',
  'asset_state',
  'asset',
  'materialization_input',
  'latest_materialization',
  'materialization',
  'recording',
  'asset_lifecycle',
  'removed_edge',
  'check_result',
  'expected_asset',
  'asset_name',
] as const

/** What a statement means by the name of a table. */
export type Meant = 'shadows' | 'tables'

/** One statement a row: for each key of these tables the same of their shadows. */
const KEYS = `SELECT format('CREATE UNIQUE INDEX ON pg_temp.%I (%s)', c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY k.place))
    AS statement
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
  WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1::text[])
  GROUP BY c.relname, i.indexrelid`

/**
 * Makes an empty table for each that ingest writes to, of the same name: temporary, so nobody else sees them, and the end
 * of the transaction, or of the connection, is theirs. What ingest's own statements say is written there. Of its indexes
 * they have the keys alone, and what finds the names of an asset: nothing else is looked up in them.
 */
export async function createShadows(run: Run): Promise<void> {
  const create = TABLES.map(
    (table) => `CREATE TEMP TABLE ${table} (LIKE public.${table} INCLUDING DEFAULTS) ON COMMIT DROP`,
  )
  const keys = await run<{ statement: string }>(KEYS, [TABLES])
  const ofAssets = 'CREATE INDEX ON pg_temp.asset_name (asset_id)'
  await run([...create, ...keys.map(({ statement }) => statement), ofAssets].join(';'))
}

/** From here on names without a schema are those of the shadows, and of nothing else; or of the tables first. */
export async function mean(run: Run, meant: Meant): Promise<void> {
  await run(`SET LOCAL search_path = ${meant === 'shadows' ? 'pg_temp' : 'public, pg_temp'}`)
}

/** Lets PostgreSQL know how much there is in the shadows. */
export async function analyzeShadows(run: Run): Promise<void> {
  await run(`ANALYZE ${TABLES.map((table) => `pg_temp.${table}`).join(', ')}`)
}

/** From here on whoever writes waits, or has to wait for; reading goes on. */
export async function lockTables(run: Run): Promise<void> {
  const tables = ['openlineage_event', ...TABLES].map((table) => `public.${table}`)
  await run(`LOCK TABLE ${tables.join(', ')} IN EXCLUSIVE MODE`)
}
