import { startEmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js'
import { findRunningPostgres } from '../embedded-postgres/running-postgres.js'
import { StartupError } from '../errors/startup-error.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'

/** A PostgreSQL to work with. */
export interface ProvidedDatabase {
  url: string
  /** For people: where the data is. */
  description: string
  /** Settles when the database is gone for good. */
  failure: Promise<Error>
  stop(): Promise<void>
}

/** The server that DATABASE_URL names; without one, an embedded PostgreSQL of our own. */
export async function provideDatabase(
  { databaseUrl, dataDir }: Config,
  logger: Logger,
): Promise<ProvidedDatabase> {
  if (databaseUrl !== undefined) {
    return {
      url: databaseUrl,
      description: withoutPassword(databaseUrl),
      failure: new Promise(() => undefined),
      stop: async () => undefined,
    }
  }
  const embedded = await startEmbeddedPostgres({
    dataFolder: dataDir,
    log: (line) => logger.debug({ component: 'postgres' }, line),
  })
  return {
    url: embedded.url,
    description: embedded.dataFolder,
    failure: new Promise((resolve) => embedded.onUnexpectedExit((reason) => resolve(new Error(reason)))),
    stop: () => embedded.stop(),
  }
}

/** The same for work beside a server: the embedded PostgreSQL of one that runs, where one does. */
export async function provideDatabaseBeside(
  config: Config,
  logger: Logger,
): Promise<Pick<ProvidedDatabase, 'url' | 'description' | 'stop'>> {
  const running = config.databaseUrl === undefined ? await findRunningPostgres(config.dataDir) : null
  if (running === null) return provideDatabase(config, logger)
  return { url: running.url, description: config.dataDir, stop: () => running.close() }
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) {
    throw new StartupError(
      'DATABASE_URL: expected postgresql://user:password@host:port/database, with special characters of the password percent-encoded',
    )
  }
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
