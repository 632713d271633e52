import pg from 'pg'
import { asSourceFault } from './source-fault.js'
import type { SourceUrl } from './source-url.js'

const CONNECT_TIMEOUT_MS = 10_000

/** Of one statement: counting the rows of a large table is the longest. */
const STATEMENT_TIMEOUT = '10min'

/** Runs one statement within a transaction. */
export type Query = <Row extends pg.QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>

/** The database that is read from. Nothing is ever written to it. */
export interface Source extends AsyncDisposable {
  /** Without user and password. */
  readonly shown: string
  /** Lets `work` read one state of the database. Throws a CommandError where it cannot be read. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>
}

/** Connects to a source. Throws a CommandError that says why not. */
export async function openSource({ connectionString, shown }: SourceUrl): Promise<Source> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'headwater import',
    keepAlive: true,
  })
  // A connection that breaks while idle is reported by the next statement.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw asSourceFault(error, shown)
  }
  const query: Query = async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(text, [...values])).rows
  return {
    shown,
    read: async (work) => {
      try {
        // Short transactions: a long one would keep the source from cleaning up behind its writers.
        await client.query(
          `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '${STATEMENT_TIMEOUT}'`,
        )
        const result = await work(query)
        await client.query('COMMIT')
        return result
      } catch (error) {
        throw asSourceFault(error, shown)
      }
    },
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  }
}
