import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** A database of one test's own on the PostgreSQL of all tests. */
export interface TestDatabase extends AsyncDisposable {
  url: string
  /** Runs SQL beside the server under test. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** A connection for several statements in one transaction; to be ended. */
  connect(): Promise<pg.Client>
}

/** With every table, each without rows: by far faster than to migrate it. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createFrom(fromSetup('TEST_TEMPLATE_DATABASE'))
}

/** Without tables. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom('template1')
}

function fromSetup(variable: string): string {
  const value = process.env[variable]
  if (value === undefined) throw new Error(`${variable}: the global setup has not run`)
  return value
}

async function createFrom(template: string): Promise<TestDatabase> {
  const server = fromSetup('TEST_DATABASE_URL')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // Copied file by file, a small database takes half as long.
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => undefined)
  return {
    url,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
    connect: async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client
    },
    [Symbol.asyncDispose]: async () => {
      await pool.end()
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

async function onServer(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
