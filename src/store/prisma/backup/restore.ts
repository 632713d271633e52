import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { z } from 'zod'
import { StartupError } from '../../../errors/startup-error.js'
import { quoted } from '../../../util/quoted.js'
import { migrate, readMigrations } from '../migrate.js'
import { connected, type DatabasePlace } from '../own-connection.js'
import { type Frame, notWhole, readArchive } from './archive.js'
import {
  type BackupHeader,
  type BackupTable,
  type BackupWatch,
  lineCountOf,
  namedIn,
  tablesOf,
} from './back-up.js'
import { connectForCopy } from './connection.js'

// What of it is said to people can be no more than what it is: no escape sequences for their terminal.
const header = z.object({
  version: z.string().regex(/^\d[\w.+-]{0,99}$/),
  createdAt: z.iso.datetime(),
  migrations: z.array(z.object({ name: z.string().regex(/^\w{1,255}$/), checksum: z.string() })).min(1),
  rows: z.number(),
})
const table = z.object({ name: z.string(), columns: z.array(z.string()) })
const rows = z.object({ rows: z.number() })

/** What has been restored. */
export interface Restored extends Pick<BackupHeader, 'version' | 'createdAt'> {
  rows: number
}

/** How an archive is restored. */
export interface RestoreOptions extends BackupWatch {
  /** Whether the tokens in it stay out: those that were revoked since would count again. */
  withoutTokens: boolean
  /** Whether the webhooks in it stay out, with what they were to be told: a copy does not speak to whom the original does. */
  withoutWebhooks: boolean
}

/**
 * Puts what an archive holds into an empty database, all of it or nothing: it is brought to the schema that the
 * archive is of, filled, and then brought to the present one. Throws a StartupError where it is not empty, or the archive
 * is not whole or is of a newer version.
 */
export async function restore(
  place: DatabasePlace,
  bytes: AsyncIterable<Buffer>,
  options: RestoreOptions,
): Promise<Restored> {
  const frames = readArchive(bytes)
  const first = await frames.next()
  const about = parsed(header, first.value, 'header')
  await checkMigrations(about)
  await connected(connectForCopy(place), (client) => checkEmpty(client, about))
  await migrate(
    place.url,
    place.connectTimeoutMs,
    about.migrations.map((one) => one.name),
  )
  options.onTotal(about.rows)
  const restored = await connected(connectForCopy(place), async (client) => {
    await client.query('BEGIN')
    await lockEmpty(client)
    const count = await fill(client, frames, options)
    await client.query('COMMIT')
    await client.query('ANALYZE')
    return count
  })
  await migrate(place.url, place.connectTimeoutMs)
  return { version: about.version, createdAt: about.createdAt, rows: restored }
}

async function checkMigrations({ version, migrations }: BackupHeader): Promise<void> {
  const known = new Map((await readMigrations()).map((one) => [one.name, one.checksum]))
  for (const one of migrations) {
    if (known.get(one.name) !== one.checksum)
      throw new StartupError(
        `the backup is of Headwater ${version}, whose migration ${one.name} this version does not know: use that version, or a newer one`,
      )
  }
}

/** A database that was brought to another schema already may have lost what a migration makes of data. */
async function checkEmpty(client: pg.Client, { migrations }: BackupHeader): Promise<void> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
  )
  if (tables.length === 0) return
  const isOurs = tables.some((one) => one.name === '_prisma_migrations')
  const applied = isOurs
    ? await client.query<{ name: string }>('SELECT migration_name AS name FROM public._prisma_migrations')
    : { rows: [] }
  const wanted = new Set(migrations.map((one) => one.name))
  if (!isOurs || applied.rows.some((one) => !wanted.has(one.name))) throw notEmpty()
  await anyRow(client)
}

/** From here on nobody else writes, until it is done. */
async function lockEmpty(client: pg.Client): Promise<void> {
  const { rows: tables } = await client.query<{ list: string }>(
    `SELECT string_agg(format('public.%I', relname), ', ' ORDER BY relname) AS list FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'`,
  )
  await client.query(`LOCK TABLE ${tables[0]?.list} IN EXCLUSIVE MODE`)
  await anyRow(client)
}

async function anyRow(client: pg.Client): Promise<void> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'`,
  )
  for (const one of tables) {
    const { rowCount } = await client.query(`SELECT FROM public.${one.name} LIMIT 1`)
    if (rowCount !== 0) throw notEmpty()
  }
}

function notEmpty(): StartupError {
  return new StartupError(
    'the database is not empty: give an empty one, which no server uses, by DATABASE_URL or HEADWATER_DATA_DIR',
  )
}

async function fill(
  client: pg.Client,
  frames: AsyncGenerator<Frame>,
  { advance, withoutTokens, withoutWebhooks }: RestoreOptions,
): Promise<number> {
  const known = await tablesOf(client)
  const lacking = new Map(known.map((one) => [one.name, one]))
  let copy: TableCopy | null = null
  let [sum, count] = [0, 0]
  for await (const frame of frames) {
    if (frame.kind === 'table' && copy === null) {
      copy = new TableCopy(client, `COPY ${namedIn(takeTable(lacking, frame))} FROM STDIN`)
      count = 0
    } else if (frame.kind === 'data' && copy !== null) {
      await copy.write(frame.content)
      const lines = lineCountOf(frame.content)
      count += lines
      advance(lines)
    } else if (frame.kind === 'rows' && copy !== null) {
      await copy.end()
      if (parsed(rows, frame, 'rows').rows !== count) throw notWhole()
      sum += count
      copy = null
    } else throw notWhole()
  }
  if (copy !== null || lacking.size > 0) throw notWhole()
  for (const { name } of known) {
    const isLeftOut = (withoutTokens && name === 'api_token') || (withoutWebhooks && /^webhook/.test(name))
    if (!isLeftOut) continue
    const { rowCount } = await client.query(`DELETE FROM public.${name}`)
    sum -= rowCount ?? 0
  }
  return sum
}

/** The table that a frame names, which no other does. An archive has those that a backup of its schema has. */
function takeTable(lacking: Map<string, BackupTable>, frame: Frame): BackupTable {
  const { name, columns } = parsed(table, frame, 'table')
  const known = lacking.get(name)
  if (known === undefined || known.columns.join() !== columns.join())
    throw new StartupError(
      `the backup holds ${known === undefined ? 'a table' : 'columns'} that no backup of its version has (${quoted(name)}): take another`,
    )
  lacking.delete(name)
  return known
}

/** Fills a table. What PostgreSQL has against it ends whatever is waited for, also where it was said before. */
class TableCopy {
  readonly #stream: Writable
  readonly #failed: Promise<never>

  constructor(client: pg.Client, text: string) {
    const stream = client.query(copyFrom(text))
    this.#stream = stream
    this.#failed = new Promise((_resolve, reject) => {
      stream.once('error', (error) => {
        const message = `the database does not take what the backup holds: ${error.message}`
        reject(new StartupError(message, { cause: error }))
      })
    })
    this.#failed.catch(() => undefined)
  }

  async write(content: Buffer): Promise<void> {
    if (!this.#stream.write(content)) await this.#unlessFailed('drain')
  }

  async end(): Promise<void> {
    this.#stream.end()
    await this.#unlessFailed('finish')
  }

  async #unlessFailed(event: 'drain' | 'finish'): Promise<void> {
    const come = once(this.#stream, event)
    come.catch(() => undefined)
    await Promise.race([this.#failed, come])
  }
}

function parsed<T>(schema: z.ZodType<T>, frame: Frame | undefined, kind: Frame['kind']): T {
  if (frame?.kind !== kind) throw notWhole()
  try {
    return schema.parse(JSON.parse(frame.content.toString()))
  } catch (error) {
    throw notWhole(error)
  }
}
