import type { Duplex } from 'node:stream'
import pg from 'pg'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { RequestEnd } from '../request-end.js'
import type { StoreWatch } from '../watch.js'
import { endedWith } from './ended-with.js'
import { isUniqueViolation, isWorthRetrying, sqlStateOf } from './faults.js'
import type { Statement } from './statement.js'

/** How to reach a PostgreSQL, and how long to wait for it. */
export interface DatabaseOptions {
  url: string
  /** The most connections at once. */
  connections: number
  /** How long to wait for a connection, in ms. */
  connectTimeoutMs: number
  /** How long a statement may take, in ms; PostgreSQL cancels it then. */
  statementTimeoutMs: number
  /** What PostgreSQL shows of the connections; `headwater` by default. */
  name?: string
  /** Called with each statement's text as it is sent. */
  onStatement?: (text: string) => void
  /** Called with its name as it is sent; what that answers with, when it has ended. */
  onSent?: StoreWatch['sent']
}

/** Runs statements: alone, or several in one transaction. Those that are not awaited share a round trip. */
export interface Session {
  run<Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
  /** Runs a statement whose text depends on what was asked; it is planned each time. */
  runComposed<Row extends pg.QueryResultRow>(composed: Composed): Promise<Row[]>
}

/** A statement with its values, as Prisma's `sql` tag makes it. */
export interface Composed {
  readonly text: string
  readonly values: readonly unknown[]
}

const INT8 = 20

/** How long a connection may be idle before it is closed. */
const IDLE_MS = 300_000

/** 64-bit integers as bigint; pg's defaults for the rest. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? BigInt : pg.types.getTypeParser(oid, format as 'text'),
}

/** The connections to one PostgreSQL, shared by prepared statements and by Prisma. */
export class Database implements Session {
  readonly pool: pg.Pool
  readonly #options: DatabaseOptions
  readonly #end: RequestEnd | null
  /** Those that somebody has taken from the pool. */
  readonly #busy = new Set<pg.PoolClient>()

  /** With `of`: on the same connections, for reading until a request's time is over. */
  constructor(options: DatabaseOptions, of?: { pool: pg.Pool; end: RequestEnd }) {
    this.#options = options
    this.#end = of?.end ?? null
    this.pool = of?.pool ?? Database.#open(options)
    if (of !== undefined) return
    this.pool.on('acquire', (client) => this.#busy.add(client))
    this.pool.on('release', (_error, client) => this.#busy.delete(client))
  }

  within(end: RequestEnd): Database {
    return new Database(this.#options, { pool: this.pool, end })
  }

  static #open(options: DatabaseOptions): pg.Pool {
    const { onStatement, onSent } = options
    const pool = new pg.Pool({
      connectionString: options.url,
      max: options.connections,
      connectionTimeoutMillis: options.connectTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + 2_000,
      idle_in_transaction_session_timeout: options.statementTimeoutMs,
      application_name: options.name ?? 'headwater',
      keepAlive: true,
      // What a connection has prepared goes with it.
      idleTimeoutMillis: IDLE_MS,
      // Statements of one connection are sent without waiting for the answers to those before.
      pipeline: true,
      ...(onStatement === undefined && onSent === undefined ? {} : { Client: observed(onStatement, onSent) }),
    })
    // An idle connection that breaks is replaced at the next use; that use reports what it meets.
    pool.on('error', () => undefined)
    // So is one that breaks in use, which the pool no longer listens to: its statements fail, the process does not.
    pool.on('connect', (client) => client.on('error', () => undefined))
    return pool
  }

  /** For reading. Whoever writes shares it with others, and must know what has become of it. */
  async #connect(): Promise<pg.PoolClient> {
    const end = this.#end
    const client = await this.pool.connect()
    if (end === null) return client
    if (end.isOver) client.release()
    end.check()
    return endedWith(end, client, this.#options)
  }

  async run<Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.#alone<Row>({ ...statement, values: [...values], types })
  }

  async runComposed<Row extends pg.QueryResultRow>({ text, values }: Composed): Promise<Row[]> {
    return this.#alone<Row>({ text, values: [...values], types })
  }

  async #alone<Row extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<Row[]> {
    const client = await this.#connect()
    try {
      const { rows } = await client.query<Row>(query)
      client.release()
      return rows
    } catch (error) {
      // `pool.query` would close the connection, with all that is prepared on it, whenever a recording is repeated.
      client.release(isUniqueViolation(error) || isWorthRetrying(error) ? undefined : asError(error))
      throw error
    }
  }

  /** Runs `work` in a transaction on one connection; rolls back where it throws. */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    try {
      // Waited for: what is sent behind a BEGIN that fails commits on its own.
      await client.query('BEGIN')
      const result = await work(sessionOn(client))
      await client.query('COMMIT')
      client.release()
      return result
    } catch (error) {
      await abandon(client, error)
      throw error
    }
  }

  /**
   * Lets `work` read one state of the database: all its statements see that of the first. Neither BEGIN nor COMMIT
   * costs it a round trip, for nothing is lost with them.
   */
  async snapshot<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    try {
      const [, result] = await Promise.all([
        client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
        work(sessionOn(client)),
      ])
      client.query('COMMIT').then(
        () => client.release(),
        (error: unknown) => client.release(asError(error)),
      )
      return result
    } catch (error) {
      await abandon(client, error)
      throw error
    }
  }

  /** Ends the connections on which a statement is under way; it fails. */
  breakOff(): void {
    // Not by `end`, which waits for their answers where statements are sent without waiting.
    for (const client of this.#busy) streamOf(client).destroy()
  }

  close(): Promise<void> {
    return this.pool.end()
  }
}

/** Statements on one connection; `queryTimeoutMs`: how long to wait for one, where that is not the connection's own. */
export function sessionOn(client: pg.ClientBase, queryTimeoutMs?: number): Session {
  const timeout = queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }
  return {
    run: async <Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]) =>
      (await client.query<Row>({ ...statement, values: [...values], types, ...timeout })).rows,
    runComposed: async <Row extends pg.QueryResultRow>({ text, values }: Composed) =>
      (await client.query<Row>({ text, values: [...values], types, ...timeout })).rows,
  }
}

/** Ends a transaction that has failed. A connection in no known state is closed, not reused. */
async function abandon(client: pg.PoolClient, error: unknown): Promise<void> {
  let broken: Error | undefined
  // Behind a statement that got no answer a ROLLBACK would only wait as long again.
  if (sqlStateOf(error) === undefined && !(error instanceof HeadwaterError)) broken = asError(error)
  else await client.query('ROLLBACK').catch((cause: unknown) => (broken = asError(cause)))
  client.release(broken)
}

function streamOf(client: pg.PoolClient): Duplex {
  return Reflect.get(client, 'connection').stream
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function observed(
  onStatement: DatabaseOptions['onStatement'],
  onSent: DatabaseOptions['onSent'],
): typeof pg.Client {
  return class ObservedClient extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: pg types query by eight overloads; this passes on whatever comes.
    override query(...args: any[]): any {
      const [query] = args
      const text: string = typeof query === 'string' ? query : query.text
      onStatement?.(text)
      const ended = onSent?.(query.name || firstWordOf(text))
      const result = Reflect.apply(super.query, this, args)
      if (ended !== undefined && typeof result?.then === 'function')
        result.then(
          () => ended(false),
          () => ended(true),
        )
      return result
    }
  }
}

/** Of a statement without a name: values may stand in its text. */
function firstWordOf(text: string): string {
  return /^\s*(\w+)/.exec(text)?.[1] ?? 'statement'
}
