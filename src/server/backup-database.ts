import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { StartupError } from '../errors/startup-error.js'
import { notWhole } from '../store/prisma/backup/archive.js'
import { type BackupWatch, backUp } from '../store/prisma/backup/back-up.js'
import { type Restored, type RestoreOptions, restore } from '../store/prisma/backup/restore.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { provideDatabase, provideDatabaseBeside } from './provide-database.js'

/** Most of what there is to save is saved by the fastest level. */
const LEVEL = 1

/**
 * Passes the configured database to `write`, as the bytes of a backup. It may be that of a running server, the embedded
 * PostgreSQL too. Answers with where it is. Throws a StartupError where it cannot.
 */
export async function backUpDatabase(
  config: Config,
  logger: Logger,
  watch: BackupWatch,
  write: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<string> {
  const database = await provideDatabaseBeside(config, logger)
  const place = { url: database.url, connectTimeoutMs: config.connectTimeoutMs }
  try {
    const zip = createGzip({ level: LEVEL })
    // What fails is told to whoever reads it.
    pipeline(Readable.from(backUp(place, watch), { objectMode: false }), zip, () => undefined)
    await write(zip)
    return database.description
  } finally {
    await database.stop()
  }
}

/** What has been restored, and where to. */
export interface RestoredDatabase extends Restored {
  description: string
}

/** Restores a backup into the configured database, which must be empty. Throws a StartupError where it cannot. */
export async function restoreDatabase(
  config: Config,
  logger: Logger,
  options: RestoreOptions,
  file: string,
): Promise<RestoredDatabase> {
  const source = createReadStream(file)
  await new Promise<void>((resolve, reject) => {
    source.once('open', () => resolve())
    source.once('error', (error) =>
      reject(new StartupError(`cannot read ${file}: ${error.message}`, { cause: error })),
    )
  })
  const database = await provideDatabase(config, logger, 'make one').catch((error: unknown) => {
    source.destroy()
    throw error
  })
  try {
    const unzipped = createGunzip()
    pipeline(source, unzipped, () => undefined)
    const place = { url: database.url, connectTimeoutMs: config.connectTimeoutMs }
    const restored = await restore(place, whole(unzipped), options)
    return { ...restored, description: database.description }
  } finally {
    source.destroy()
    await database.stop()
  }
}

/** What cannot be unpacked is no whole backup. */
async function* whole(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes
  } catch (error) {
    throw notWhole(error)
  }
}
