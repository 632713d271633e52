import { migrate } from '../store/prisma/migrate.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { provideDatabase } from './provide-database.js'

/** What became of a database: where it is, and which migrations it lacked. */
export interface MigratedDatabase {
  description: string
  applied: string[]
}

/** Brings the configured database to the present schema. Throws a StartupError where it cannot. */
export async function migrateDatabase(config: Config, logger: Logger): Promise<MigratedDatabase> {
  const database = await provideDatabase(config, logger, 'make one')
  try {
    const applied = await migrate(database.url, config.connectTimeoutMs)
    return { description: database.description, applied }
  } finally {
    await database.stop()
  }
}
