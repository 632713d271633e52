import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { StartupError } from '../../errors/startup-error.js'
import { PACKAGE_ROOT } from '../../util/package-root.js'
import { isTransient } from './faults.js'

/** Prisma's own, so that `prisma migrate deploy` and a starting server wait for each other. */
const ADVISORY_LOCK = 72707369

const OLDEST_SERVER = 14

/** Prisma's own table, so that `prisma migrate status` and `deploy` agree with what was applied here. */
const CREATE_MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

/** A step from one schema to the next. */
export interface Migration {
  name: string
  sql: string
  /** SHA-256 of the file, in hex. */
  checksum: string
}

/**
 * Brings a database to the present schema: applies, in order and each in a transaction of its own, the migrations
 * that it lacks. Any number of servers may do so at once. Answers with the names of those applied; throws a
 * StartupError where the database cannot be reached or does not fit. `only`: of those that are named.
 */
export async function migrate(
  url: string,
  connectTimeoutMs: number,
  only?: readonly string[],
): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'headwater migrate',
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await checkServer(client)
    // Another server's migrations may take their time; a stuck one must not hold up this start for ever.
    await client.query(`SET lock_timeout = '10min'`)
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK])
    await client.query(CREATE_MIGRATIONS_TABLE)
    const lacking = await findPending(client)
    const pending = only === undefined ? lacking : lacking.filter(({ name }) => only.includes(name))
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  } catch (error) {
    throw asStartupError(error, url)
  } finally {
    // Gives up the lock too.
    await client.end().catch(() => undefined)
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; number: number }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number`,
  )
  const [server] = rows
  if (server !== undefined && server.number < OLDEST_SERVER * 10_000) {
    throw new StartupError(
      `the database is PostgreSQL ${server.version}: Headwater needs ${OLDEST_SERVER} or newer; upgrade it, or unset DATABASE_URL to use the embedded one`,
    )
  }
}

async function findPending(client: pg.Client): Promise<Migration[]> {
  const known = await readMigrations()
  const { rows } = await client.query<{ name: string; checksum: string; isFinished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished"
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  )
  const applied = new Map(rows.map((row) => [row.name, row]))
  for (const { name, isFinished } of rows) {
    if (!isFinished) {
      throw new StartupError(
        `migration ${name} has failed in this database: repair it and mark it with "prisma migrate resolve"`,
      )
    }
    if (!known.some((migration) => migration.name === name)) {
      throw new StartupError(
        `the database has migration ${name}, which this version of Headwater does not know: start a newer version`,
      )
    }
  }
  return known.filter(({ name, checksum }) => {
    const before = applied.get(name)
    if (before !== undefined && before.checksum !== checksum) {
      throw new StartupError(
        `migration ${name} is not the one that was applied to this database: use the release that it came from`,
      )
    }
    return before === undefined
  })
}

/** The migrations that come with this version, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const folder = join(PACKAGE_ROOT, 'prisma', 'migrations')
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw new StartupError(
      `migration ${name} could not be applied (${messageOf(error)}): give Headwater an empty database that its user owns`,
      { cause: error },
    )
  }
}

function asStartupError(error: unknown, url: string): StartupError {
  if (error instanceof StartupError) return error
  const shown = withoutPassword(url)
  if (isTransient(error)) {
    return new StartupError(
      `the database at ${shown} cannot be reached (${messageOf(error)}): start it, or correct DATABASE_URL`,
      { cause: error },
    )
  }
  return new StartupError(
    `the database at ${shown} cannot be used (${messageOf(error)}): correct DATABASE_URL, or its permissions`,
    { cause: error },
  )
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** Up to the last @, for a password may hold one that should have been encoded. */
function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/)(.*@)?/, '$1').replace(/([?&]\w*password=)[^&]*/g, '$1***')
}
