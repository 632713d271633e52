import pg from 'pg'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { sqlStateOf } from './faults.js'
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
  /** Called with each statement's text as it is sent. */
  onStatement?: (text: string) => void
}

/** Runs statements: alone, or several in one transaction. */
export interface Session {
  run<Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]>
}

/** A statement with its values, as Prisma's `sql` tag makes it. */
export interface Composed {
  readonly text: string
  readonly values: readonly unknown[]
}

const INT8 = 20

/** 64-bit integers as bigint; pg's defaults for the rest. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? BigInt : pg.types.getTypeParser(oid, format as 'text'),
}

/** The connections to one PostgreSQL, shared by prepared statements and by Prisma. */
export class Database implements Session {
  readonly pool: pg.Pool

  constructor(options: DatabaseOptions) {
    const { onStatement } = options
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.connections,
      connectionTimeoutMillis: options.connectTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + 2_000,
      idle_in_transaction_session_timeout: options.statementTimeoutMs,
      application_name: 'headwater',
      keepAlive: true,
      ...(onStatement === undefined ? {} : { Client: observed(onStatement) }),
    })
    // An idle connection that breaks is replaced at the next use; that use reports what it meets.
    this.pool.on('error', () => undefined)
    // So is one that breaks in use, which the pool no longer listens to: its statements fail, the process does not.
    this.pool.on('connect', (client) => client.on('error', () => undefined))
  }

  async run<Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>({ ...statement, values: [...values], types })).rows
  }

  /** Runs a statement whose text depends on what was asked; it is planned each time. */
  async runComposed<Row extends pg.QueryResultRow>({ text, values }: Composed): Promise<Row[]> {
    return (await this.pool.query<Row>({ text, values: [...values], types })).rows
  }

  /**
   * Runs `work` between `begin` and COMMIT on one connection; rolls back where it throws. `begin` may hold more
   * statements, in the same round trip: `work` gets the rows of the last.
   */
  async transaction<T>(
    begin: string,
    work: (session: Session, opening: unknown[]) => Promise<T>,
  ): Promise<T> {
    const client = await this.pool.connect()
    let broken: Error | undefined
    try {
      const opened: pg.QueryResult | pg.QueryResult[] = await client.query(begin)
      const session: Session = {
        run: async <Row extends pg.QueryResultRow>(statement: Statement, values: readonly unknown[]) =>
          (await client.query<Row>({ ...statement, values: [...values], types })).rows,
      }
      const result = await work(session, [opened].flat().at(-1)?.rows ?? [])
      await client.query('COMMIT')
      return result
    } catch (error) {
      // Behind a statement that got no answer a ROLLBACK would only wait as long again.
      if (sqlStateOf(error) === undefined && !(error instanceof HeadwaterError)) broken = asError(error)
      else await client.query('ROLLBACK').catch((cause: unknown) => (broken = asError(cause)))
      throw error
    } finally {
      // A connection whose rollback failed is in no known state: it is closed, not reused.
      client.release(broken)
    }
  }

  close(): Promise<void> {
    return this.pool.end()
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

function observed(onStatement: (text: string) => void): typeof pg.Client {
  return class ObservedClient extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: pg types query by eight overloads; this passes on whatever comes.
    override query(...args: any[]): any {
      const [query] = args
      onStatement(typeof query === 'string' ? query : query.text)
      return Reflect.apply(super.query, this, args)
    }
  }
}
