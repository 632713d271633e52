import { migrate } from '../store/prisma/migrate.js'
import { type PruneOptions, prune } from '../store/prisma/prune/prune.js'
import type { Counts } from '../store/prisma/prune/rule.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { provideDatabaseBeside } from './provide-database.js'

/** What has been pruned, or would be: the rows of each table; and where the database is. */
export interface PrunedDatabase {
  counts: Counts
  description: string
}

/** Prunes the configured database, brought to the present schema first; a server may run on it. Throws a StartupError where it cannot. */
export async function pruneDatabase(
  config: Config,
  logger: Logger,
  options: Omit<PruneOptions, 'url' | 'connectTimeoutMs'>,
): Promise<PrunedDatabase> {
  const database = await provideDatabaseBeside(config, logger)
  try {
    await migrate(database.url, config.connectTimeoutMs)
    const counts = await prune({
      ...options,
      url: database.url,
      connectTimeoutMs: config.connectTimeoutMs,
    })
    return { counts, description: database.description }
  } finally {
    await database.stop()
  }
}
