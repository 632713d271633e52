import { Command } from 'commander'

/** `headwater migrate` */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Bring the database to the present schema and exit. A starting server does the same.')
    .addHelpText('after', HELP)
    .action(async () => {
      // Only here: see serve.
      const { readConfig } = await import('../server/config.js')
      const { createLogger } = await import('../server/logger.js')
      const { migrateDatabase } = await import('../server/migrate-database.js')
      const config = readConfig(process.env)
      const { description, applied } = await migrateDatabase(config, createLogger(config))
      const what = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`
      process.stdout.write(`${description}: ${what}\n`)
    })
}

const HELP = `
Settings come from the environment, as those of headwater serve do.

Exit code: 0 where the database is up to date, 1 where something failed, 2 for
wrong usage.

Examples:
  headwater migrate
  DATABASE_URL=postgresql://user:password@db/lineage headwater migrate`
