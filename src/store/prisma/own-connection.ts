import pg from 'pg'
import { StartupError } from '../../errors/startup-error.js'
import { isTransient } from './faults.js'

/** Where a database is that a command works on. */
export interface DatabasePlace {
  url: string
  connectTimeoutMs: number
}

/** A connection of a command's own, to be ended; `name` is what PostgreSQL shows of it. */
export async function connect(
  { url, connectTimeoutMs }: DatabasePlace,
  name: string,
  options: Pick<pg.ClientConfig, 'pipeline'> = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: name,
    keepAlive: true,
    ...options,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** What went wrong, as an operator is told of it where the database is away. */
export function foreseen(error: unknown): unknown {
  if (error instanceof StartupError || !isTransient(error)) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new StartupError(`the database could not go on (${reason}): run this again`, { cause: error })
}

/** Lets `work` use a connection, which is ended then. Throws a StartupError where the database is away. */
export async function connected<T>(
  connecting: Promise<pg.Client>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  let client: pg.Client | null = null
  try {
    client = await connecting
    return await work(client)
  } catch (error) {
    throw foreseen(error)
  } finally {
    await client?.end().catch(() => undefined)
  }
}
