import type { TestDatabase } from '../harness/database.js'

/** Everything in the schema `public` of a database, by name: `column asset.key` → `text COLLATE "C" NOT NULL`. */
export async function readCatalog(database: TestDatabase): Promise<Map<string, string>> {
  const rows = await database.sql<{ name: string; definition: string }>(CATALOG)
  return new Map(rows.map(({ name, definition }) => [name, definition]))
}

/** What two catalogs do not have alike, a line each: `name: left | right`. */
export function differences(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...left.keys(), ...right.keys()])].sort()
  return names
    .filter((name) => left.get(name) !== right.get(name))
    .map((name) => `${name}: ${left.get(name) ?? 'none'} | ${right.get(name) ?? 'none'}`)
}

/** Relations of every kind, their columns, constraints, indexes and triggers, and functions and types of our own. */
const CATALOG = `
  WITH own AS (
    SELECT c.* FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  )
  SELECT 'relation ' || relname AS name, relkind::text AS definition FROM own WHERE relkind NOT IN ('i', 'I')
  UNION ALL
  SELECT 'column ' || c.relname || '.' || a.attname,
    format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE "' || l.collname || '"' ELSE '' END
      || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
      || COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
      || CASE WHEN a.attidentity <> '' OR a.attgenerated <> '' THEN ' GENERATED' ELSE '' END
  FROM own c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_collation l ON l.oid = a.attcollation
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind NOT IN ('i', 'I')
  UNION ALL
  SELECT 'constraint ' || c.relname || '.' || n.conname, pg_get_constraintdef(n.oid)
  FROM own c JOIN pg_constraint n ON n.conrelid = c.oid AND n.contype <> 'n'
  UNION ALL
  SELECT 'index ' || c.relname, pg_get_indexdef(c.oid) FROM own c WHERE c.relkind IN ('i', 'I')
  UNION ALL
  SELECT 'trigger ' || c.relname || '.' || g.tgname, pg_get_triggerdef(g.oid)
  FROM own c JOIN pg_trigger g ON g.tgrelid = c.oid
  UNION ALL
  SELECT 'function ' || p.proname, pg_get_function_identity_arguments(p.oid) FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'type ' || t.typname, t.typtype::text FROM pg_type t
  WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')`
