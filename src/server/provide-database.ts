import { holdsCluster } from '../embedded-postgres/data-folder.js'
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

/** What to do about a data folder that holds no database: most commands would find nothing in a new one. */
export type WhereNone = 'make one' | 'refuse'

/** The server that DATABASE_URL names; without one, an embedded PostgreSQL of our own. */
export async function provideDatabase(
  { databaseUrl, dataDir }: Config,
  logger: Logger,
  whereNone: WhereNone,
): Promise<ProvidedDatabase> {
  if (databaseUrl !== undefined) {
    return {
      url: databaseUrl,
      description: withoutPassword(databaseUrl),
      failure: new Promise(() => undefined),
      stop: async () => undefined,
    }
  }
  if (whereNone === 'refuse' && !(await holdsCluster(dataDir))) {
    throw new StartupError(
      `data folder ${dataDir} holds no database: correct HEADWATER_DATA_DIR, or set DATABASE_URL; \`headwater serve\` makes a new one`,
    )
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
  whereNone: WhereNone = 'refuse',
): Promise<Pick<ProvidedDatabase, 'url' | 'description' | 'stop'>> {
  const running = config.databaseUrl === undefined ? await findRunningPostgres(config.dataDir) : null
  if (running === null) return provideDatabase(config, logger, whereNone)
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
