import { resolve } from 'node:path'
import { urlOf } from './cluster.js'
import { clusterIn } from './data-folder.js'
import { readPostmasterFile } from './postmaster-file.js'
import { identifyProcess } from './process-identity.js'
import { openSocketFolder } from './socket-folder.js'

/** The PostgreSQL that a server runs on a data folder. */
export interface RunningPostgres {
  url: string
  close(): Promise<void>
}

/** Null where none runs there, as far as this user may see. */
export async function findRunningPostgres(dataFolder: string): Promise<RunningPostgres | null> {
  const cluster = clusterIn(resolve(dataFolder))
  const postmaster = await readPostmasterFile(cluster)
  if (postmaster?.isReady !== true || (await identifyProcess(postmaster.pid)) === undefined) return null
  const socketFolder = await openSocketFolder(cluster)
  return { url: urlOf(socketFolder.path), close: () => socketFolder.close() }
}
