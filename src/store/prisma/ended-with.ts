import pg from 'pg'
import type { RequestEnd } from '../request-end.js'
import type { DatabaseOptions } from './database.js'

/**
 * A connection that ends when a request's time is over, in PostgreSQL too, with the statement that it runs. Not the
 * statement alone: the one after it would still be sent.
 */
export function endedWith(end: RequestEnd, client: pg.PoolClient, options: DatabaseOptions): pg.PoolClient {
  const { release } = client
  const forget = end.whenOver(() => void terminate(client, options))
  // The pool gives each borrower a `release` of its own.
  client.release = (error) => {
    forget()
    release(end.isOver ? true : error)
  }
  return client
}

/** Over a connection of its own, for all others may be busy. Where none can be had, the statement's timeout is left. */
async function terminate(client: pg.PoolClient, { url, connectTimeoutMs }: DatabaseOptions): Promise<void> {
  const other = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
    application_name: 'headwater end',
  })
  other.on('error', () => undefined)
  try {
    await other.connect()
    await other.query('SELECT pg_terminate_backend($1)', [Reflect.get(client, 'processID')])
  } catch {
    // Nobody waits for it any more.
  } finally {
    await other.end().catch(() => undefined)
  }
}
