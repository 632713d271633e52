import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { provideBinaries } from './binaries.js'
import { provideCluster } from './cluster.js'
import { clusterIn, prepareDataFolder } from './data-folder.js'
import { lockDataFolder } from './data-folder-lock.js'
import { dataFolderError, EmbeddedPostgresError } from './embedded-postgres-error.js'
import { endOrphan } from './orphan.js'
import { findPlatformPackage } from './platform-package.js'
import { type Postmaster, startPostmaster } from './postmaster.js'
import { signalProcess } from './process-identity.js'
import type { Programs } from './programs.js'
import { urlOf } from './running-postgres.js'
import { chooseServiceAccount } from './service-account.js'
import { chooseSettings } from './settings.js'
import { openSocketFolder } from './socket-folder.js'
import { Undo } from './undo.js'

/** A private PostgreSQL that runs as long as the server that started it. */
export interface EmbeddedPostgres {
  /** URL with which `pg` and Prisma's adapter connect, over a Unix socket, as superuser. */
  readonly url: string
  /** Absolute path of the folder that holds all of it. */
  readonly dataFolder: string
  /** Calls back once if postgres exits unasked; at once if it has. `stop` is still due. */
  onUnexpectedExit(listener: (reason: string) => void): void
  /** Fast shutdown, after 10 s an immediate one; then the data folder is free. May be called again. */
  stop(): Promise<void>
}

/** Where to keep the data, and how to run PostgreSQL on it. */
export interface EmbeddedPostgresOptions {
  /** Made if missing. Needs to be empty at first, and is closed to other users (0700). */
  readonly dataFolder: string
  /** PostgreSQL settings beside our defaults. Those that open or move its socket cannot be changed. */
  readonly settings?: Readonly<Record<string, string>>
  /** Gets each line that PostgreSQL logs. */
  readonly log?: (line: string) => void
}

/**
 * Starts PostgreSQL on a data folder: makes the database at first, takes over from a killed server, recovers
 * from a crash. Resolves when it accepts connections. What can be foreseen to fail is an EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataFolder = resolve(options.dataFolder)
  const cluster = clusterIn(dataFolder)
  const undo = new Undo()
  try {
    const source = findPlatformPackage()
    await prepareDataFolder(dataFolder)
    const account = await chooseServiceAccount(dataFolder, cluster)
    const lock = await lockDataFolder(dataFolder, account)
    undo.add(() => lock.release())
    const programs = await provideBinaries(source, account, dataFolder)
    await provideCluster(dataFolder, programs, source.version)
    const socketFolder = await openSocketFolder(cluster)
    undo.add(() => socketFolder.close())
    const postmaster = await startAfterOrphan(programs, cluster, socketFolder.path, options)
    undo.add(() => postmaster.stop())
    return handOver(postmaster, dataFolder, socketFolder.path, undo)
  } catch (error) {
    await undo.run().catch(() => undefined)
    throw dataFolderError(dataFolder, error)
  }
}

const attempts = 20

async function startAfterOrphan(
  programs: Programs,
  cluster: string,
  socketFolder: string,
  { settings = {}, log = () => undefined }: EmbeddedPostgresOptions,
): Promise<Postmaster> {
  let chosen = chooseSettings(settings)
  for (let attempt = 1; ; attempt++) {
    await endOrphan(cluster, socketFolder)
    try {
      return await startPostmaster(programs, cluster, chosen, log)
    } catch (error) {
      if (!(error instanceof EmbeddedPostgresError) || attempt === attempts) throw error
      if (
        /could not map anonymous shared memory/.test(error.message) &&
        settings.shared_buffers === undefined
      ) {
        chosen = { ...chosen, shared_buffers: '16MB' }
      } else if (/lock file .* already exists|shared memory block .* is still in use/.test(error.message)) {
        // The processes of a killed postmaster, or one just being started by a killed server: wait, look again.
        await sleep(250)
      } else throw error
    }
  }
}

function handOver(
  postmaster: Postmaster,
  dataFolder: string,
  socketFolder: string,
  undo: Undo,
): EmbeddedPostgres {
  // When this process leaves without stop(), postgres at least shuts down by itself.
  const whenLeaving = () => signalProcess(postmaster.pid, 'SIGINT')
  process.once('exit', whenLeaving)
  postmaster.exited.then(() => process.off('exit', whenLeaving))

  let stopped: Promise<void> | undefined
  const unexpected = new Promise<string>((report) => {
    postmaster.exited.then((reason) => {
      if (stopped === undefined) report(reason)
    })
  })
  return {
    url: urlOf(socketFolder),
    dataFolder,
    onUnexpectedExit: (listener) => {
      unexpected.then(listener)
    },
    stop() {
      stopped ??= undo.run()
      return stopped
    },
  }
}
