import { migrate } from '../store/prisma/migrate.js'
import { type RebuildOptions, type Rebuilt, rebuild } from '../store/prisma/rebuild/rebuild.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { provideDatabase } from './provide-database.js'

/** What a rebuild has come to, and where the database is. */
export interface RebuiltDatabase extends Rebuilt {
  description: string
}

/** Rebuilds the configured database, brought to the present schema first. Throws a StartupError where it cannot. */
export async function rebuildDatabase(
  config: Config,
  logger: Logger,
  options: Pick<RebuildOptions, 'isCheck' | 'onTotal' | 'advance'>,
): Promise<RebuiltDatabase> {
  const database = await provideDatabase(config, logger, 'refuse')
  try {
    await migrate(database.url, config.connectTimeoutMs)
    const rebuilt = await rebuild({
      ...options,
      url: database.url,
      connectTimeoutMs: config.connectTimeoutMs,
    })
    return { ...rebuilt, description: database.description }
  } finally {
    await database.stop()
  }
}
