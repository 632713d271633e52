import { Command } from 'commander'
import { writeFileWhole } from './export/write-file-whole.js'
import { print } from './output.js'
import { type Progress, startProgress } from './progress.js'

/** `headwater backup` */
export function backupCommand(): Command {
  return new Command('backup')
    .summary('Write everything that is in the database to a file.')
    .description('Write everything that is in the database to a file, as one state of it, while servers run.')
    .argument('<file>', 'what to write: it gets its name once it is whole')
    .addHelpText('after', BACKUP_HELP)
    .action(backup)
}

const BACKUP_HELP = `
Settings come from the environment, as those of headwater serve do: of the
embedded PostgreSQL the data folder, whether a server runs on it or not. The file
is compressed, has a checksum, and is for its owner alone to read.

Exit code: 0 where it is written, 1 where something failed, 2 for wrong usage.

Examples:
  headwater backup lineage.backup
  DATABASE_URL=postgresql://user:password@db/lineage headwater backup lineage.backup`

/** `headwater restore` */
export function restoreCommand(): Command {
  return new Command('restore')
    .summary('Fill an empty database with what a backup holds.')
    .description('Fill an empty database with what a backup holds, all of it or nothing.')
    .argument('<file>', 'what headwater backup has written')
    .option('--without-tokens', 'leave out the tokens that are in it')
    .option('--without-webhooks', 'leave out the webhooks that are in it, and what they were to be told')
    .addHelpText('after', RESTORE_HELP)
    .action(restore)
}

const RESTORE_HELP = `
Settings come from the environment, as those of headwater serve do. The database
must be empty, and no server may use it; without DATABASE_URL a new data folder is
made. A backup of an older version is brought to the present schema.

Tokens come back as they were when the backup was made, those too that have been
revoked since: revoke them again before a server runs on it, or leave all out
with --without-tokens and make new ones.

Webhooks come back too, with their secrets and what is still to be sent: a server
on a copy tells the receivers of the original what is recorded in the copy, unless
--without-webhooks leaves them out.

Exit code: 0 where it is restored, 1 where something failed, 2 for wrong usage.

Examples:
  HEADWATER_DATA_DIR=/var/lib/headwater headwater restore lineage.backup
  headwater restore lineage.backup --without-tokens --without-webhooks
  DATABASE_URL=postgresql://user:password@db/lineage headwater restore lineage.backup`

const OWNER_ALONE = 0o600

async function backup(file: string): Promise<void> {
  const { config, logger } = await settings()
  const { backUpDatabase } = await import('../server/backup-database.js')
  await withProgress('backing up', async (watch) => {
    const from = await backUpDatabase(config, logger, watch, (bytes) =>
      writeFileWhole(file, bytes, () => undefined, OWNER_ALONE),
    )
    return `${from}: backed up to ${file}`
  })
}

/** What is not to be restored. */
interface LeftOut {
  withoutTokens?: boolean
  withoutWebhooks?: boolean
}

async function restore(
  file: string,
  { withoutTokens = false, withoutWebhooks = false }: LeftOut,
): Promise<void> {
  const { config, logger } = await settings()
  const { restoreDatabase } = await import('../server/backup-database.js')
  await withProgress('restoring', async (watch) => {
    const { description, rows, createdAt, version } = await restoreDatabase(
      config,
      logger,
      { ...watch, withoutTokens, withoutWebhooks },
      file,
    )
    return `${description}: ${rows} rows restored, of ${createdAt}, from Headwater ${version}`
  })
}

async function settings() {
  // Only here: see serve.
  const { readConfig } = await import('../server/config.js')
  const { createLogger } = await import('../server/logger.js')
  const config = readConfig(process.env)
  return { config, logger: createLogger(config) }
}

async function withProgress(
  what: string,
  work: (watch: { onTotal(total: number): void; advance(by: number): void }) => Promise<string>,
): Promise<void> {
  let progress: Progress | undefined
  try {
    const done = await work({
      onTotal: (total) => {
        progress = startProgress(what, total)
      },
      advance: (by) => progress?.advance(by),
    })
    progress?.[Symbol.dispose]()
    await print([done])
  } finally {
    progress?.[Symbol.dispose]()
  }
}
