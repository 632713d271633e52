import { migrate } from '../store/prisma/migrate.js'
import { type PruneOptions, prune } from '../store/prisma/prune/prune.js'
import { countRecordedSince } from '../store/prisma/prune/recorded-since.js'
import type { Counts } from '../store/prisma/prune/rule.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { provideDatabaseBeside } from './provide-database.js'

/** What has been pruned, or would be: the rows of each table; and where the database is. */
export interface PrunedDatabase {
  counts: Counts
  /** Where nothing is to go: how many materializations are older, but have not been known for so long. */
  recordedSince: number
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
    const isNothing = Object.values(counts).every((count) => count === 0)
    const place = { url: database.url, connectTimeoutMs: config.connectTimeoutMs }
    const recordedSince = isNothing ? await countRecordedSince(place, options) : 0
    return { counts, recordedSince, description: database.description }
  } finally {
    await database.stop()
  }
}
