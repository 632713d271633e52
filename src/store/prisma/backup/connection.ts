import pg from 'pg'
import { StartupError } from '../../../errors/startup-error.js'
import { isTransient } from '../faults.js'

/** Where a database is that is backed up or restored. */
export interface DatabasePlace {
  url: string
  connectTimeoutMs: number
}

/** A connection of one's own, for statements that take as long as they take; to be ended. */
export async function connect({ url, connectTimeoutMs }: DatabasePlace): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'headwater backup',
    keepAlive: true,
  })
  client.on('error', () => undefined)
  await client.connect()
  await client.query(`SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET bytea_output = 'hex'`)
  return client
}

/** What went wrong, as an operator is told of it where the database is away. */
export function foreseen(error: unknown): unknown {
  if (error instanceof StartupError || !isTransient(error)) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StartupError(`the database could not go on (${reason}): run this again`, { cause: error })
}

/** Lets `work` use a connection. Throws a StartupError where the database is away. */
export async function connected<T>(
  place: DatabasePlace,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  let client: pg.Client | null = null
  try {
    client = await connect(place)
    return await work(client)
  } catch (error) {
    throw foreseen(error)
  } finally {
    await client?.end().catch(() => undefined)
  }
}
