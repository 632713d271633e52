import { Command } from 'commander'
import { readConfig } from '../server/config.js'
import { createLogger } from '../server/logger.js'
import { provideDatabase } from '../server/provide-database.js'
import { migrate } from '../store/prisma/migrate.js'

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Bring the database to the present schema and exit. A starting server does the same.')
    .action(async () => {
      const config = readConfig(process.env)
      const database = await provideDatabase(config, createLogger(config))
      try {
        const applied = await migrate(database.url, config.connectTimeoutMs)
        const what = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`
        process.stdout.write(`${database.description}: ${what}\n`)
      } finally {
        await database.stop()
      }
    })
}
