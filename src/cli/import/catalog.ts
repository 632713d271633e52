import pg from 'pg'
import { CommandError } from '../command-error.js'
import type { Query, Source } from './source.js'
import { ASSET_MATERIALIZATION, TABLES, type Table } from './tables.js'

/** Names listed in an error. */
const MOST_NAMES = 20

/** Which of the tables, and which of their columns, a source has. They differ between its versions. */
export class Catalog {
  /** `columns`: of each table that is there, the type of each column. */
  constructor(
    private readonly schema: string,
    private readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>,
  ) {}

  has({ name }: Table): boolean {
    return this.columns.has(name)
  }

  /** `"schema"."table"`, as SQL names it. */
  nameOf({ name }: Table): string {
    return `${pg.escapeIdentifier(this.schema)}.${pg.escapeIdentifier(name)}`
  }

  /** `SELECT … FROM …` of all columns that are read; null for those that this source does not have. */
  select(table: Table): string {
    const there = this.columns.get(table.name)
    const columns = Object.entries(table.columns).map(([name, as]) => {
      const type = there?.get(name)
      return `${type === undefined ? 'NULL' : expressionOf(name, as, type)} AS "${name}"`
    })
    return `SELECT ${columns.join(', ')} FROM ${this.nameOf(table)}`
  }
}

function expressionOf(name: string, as: Table['columns'][string], type: string): string {
  switch (as) {
    case 'text':
      return `"${name}"::text`
    case 'flag':
      return `"${name}"::boolean`
    case 'list':
      return `"${name}"::text[]`
    case 'instant':
      return instantExpression(
        type.includes('with time zone') ? `"${name}"` : `"${name}"::timestamp AT TIME ZONE 'UTC'`,
      )
  }
}

/** As text: PostgreSQL's years go further than those of a Date. BC stands for AD too. */
function instantExpression(instant: string): string {
  return `CASE WHEN NOT isfinite(${instant}) THEN NULL
    WHEN ${instant} >= '1970-01-01T00:00:00Z' AND ${instant} < '10000-01-01T00:00:00Z'
    THEN to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    ELSE to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS BC') END`
}

/** Looks at what a source has. Throws a CommandError that says what was expected, and what is there instead. */
export async function readCatalog(source: Source, schema: string): Promise<Catalog> {
  const columns = await source.read(async (query) => {
    const found = await columnsOf(query, schema)
    if (!found.has(ASSET_MATERIALIZATION.name)) throw await notMarie(query, source.shown, schema)
    return found
  })
  for (const { name, needs } of TABLES) {
    const there = columns.get(name)
    const missing = needs.filter((column) => there?.has(column) === false)
    if (missing.length > 0) {
      throw new CommandError(
        `${source.shown}: expected ${schema}.${name} to have the columns ${needs.join(', ')}; it has no ${missing.join(', ')}`,
      )
    }
  }
  return new Catalog(schema, columns)
}

/** By the system's own tables: the information schema leaves out what the user may not read. */
async function columnsOf(query: Query, schema: string): Promise<Map<string, Map<string, string>>> {
  const rows = await query<{ table: string; column: string; type: string }>(
    `SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, NULL) AS "type"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY($2)`,
    [schema, TABLES.map(({ name }) => name)],
  )
  const tables = new Map<string, Map<string, string>>()
  for (const { table, column, type } of rows) {
    const columns = tables.get(table) ?? new Map<string, string>()
    tables.set(table, columns.set(column, type))
  }
  return tables
}

async function notMarie(query: Query, shown: string, schema: string): Promise<CommandError> {
  const expected = `expected the schema ${schema} with the table ${ASSET_MATERIALIZATION.name}`
  const schemas = await query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`,
  )
  if (!schemas.some(({ name }) => name === schema)) {
    return new CommandError(
      `${shown}: ${expected}, found the schemas ${listOf(schemas)}; name another with --schema`,
    )
  }
  const tables = await query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`,
    [schema],
  )
  return new CommandError(`${shown}: ${expected}, found in it ${listOf(tables)}; name another with --schema`)
}

function listOf(rows: readonly { name: string }[]): string {
  if (rows.length === 0) return 'nothing'
  const names = rows.slice(0, MOST_NAMES).map(({ name }) => name)
  return rows.length > MOST_NAMES
    ? `${names.join(', ')} and ${rows.length - MOST_NAMES} more`
    : names.join(', ')
}
