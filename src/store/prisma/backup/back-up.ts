import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { StartupError } from '../../../errors/startup-error.js'
import { VERSION } from '../../../util/package-root.js'
import type { Migration } from '../migrate.js'
import { type DatabasePlace, foreseen } from '../own-connection.js'
import { type Frame, writeArchive } from './archive.js'
import { connectForCopy } from './connection.js'

/** What an archive begins with. */
export interface BackupHeader {
  /** Of Headwater. */
  version: string
  createdAt: string
  /** Those that were applied. */
  migrations: readonly Pick<Migration, 'name' | 'checksum'>[]
  /** About so many rows follow. */
  rows: number
}

/** A table of an archive: its data come as COPY writes them as text. */
export interface BackupTable {
  name: string
  columns: readonly string[]
}

/** Told how much there is to do, once that is known, and of what has been done: in rows. */
export interface BackupWatch {
  onTotal(total: number): void
  advance(by: number): void
}

/**
 * Ids of transactions mean something in their own database alone: rows get those of the transaction that restores them.
 */
const TABLES = `SELECT c.relname AS name, array_agg(a.attname ORDER BY a.attnum)::text[] AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
    AND a.atttypid <> 'xid8'::regtype
  GROUP BY c.relname ORDER BY c.relname`

/**
 * Everything in a database, as one state of it, in one archive. Others read and write meanwhile. Throws a StartupError
 * where the database is away.
 */
export async function* backUp(place: DatabasePlace, watch: BackupWatch): AsyncGenerator<Buffer> {
  let client: pg.Client | null = null
  try {
    client = await connectForCopy(place)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    yield* writeArchive(framesOf(client, watch))
  } catch (error) {
    throw foreseen(error)
  } finally {
    await client?.end().catch(() => undefined)
  }
}

async function* framesOf(client: pg.Client, watch: BackupWatch): AsyncGenerator<Frame> {
  const header = await headerOf(client)
  watch.onTotal(header.rows)
  yield { kind: 'header', content: Buffer.from(JSON.stringify(header)) }
  for (const table of await tablesOf(client)) {
    yield { kind: 'table', content: Buffer.from(JSON.stringify(table)) }
    const copy = client.query(copyTo(`COPY ${namedIn(table)} TO STDOUT`))
    let rows = 0
    for await (const chunk of copy as AsyncIterable<Buffer>) {
      const count = lineCountOf(chunk)
      rows += count
      watch.advance(count)
      yield { kind: 'data', content: chunk }
    }
    yield { kind: 'rows', content: Buffer.from(JSON.stringify({ rows })) }
  }
}

/** What of a database is backed up, and so can be restored. */
export async function tablesOf(client: pg.Client): Promise<BackupTable[]> {
  return (await client.query<BackupTable>(TABLES)).rows
}

async function headerOf(client: pg.Client): Promise<BackupHeader> {
  const { rows: found } = await client.query(
    `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS "isOurs"`,
  )
  if (found[0]?.isOurs !== true)
    throw new StartupError(
      'this database holds nothing of Headwater: correct DATABASE_URL, or HEADWATER_DATA_DIR',
    )
  const { rows: migrations } = await client.query<Pick<Migration, 'name' | 'checksum'>>(
    `SELECT migration_name AS name, checksum FROM public._prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  )
  const { rows: counts } = await client.query<{ rows: number }>(
    `SELECT COALESCE(sum(GREATEST(reltuples, 0)), 0)::float8 AS rows FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  )
  return { version: VERSION, createdAt: new Date().toISOString(), migrations, rows: counts[0]?.rows ?? 0 }
}

/** A row is a line: COPY escapes those within values. */
export function lineCountOf(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++
  return count
}

/** A table with its columns, as COPY takes it. */
export function namedIn({ name, columns }: BackupTable): string {
  return `public."${name}" (${columns.map((column) => `"${column}"`).join(', ')})`
}
