import { resolve } from 'node:path'
import { superuser } from './cluster.js'
import { clusterIn } from './data-folder.js'
import { port, readPostmasterFile } from './postmaster-file.js'
import { identifyProcess } from './process-identity.js'
import { openSocketFolder } from './socket-folder.js'

/** A PostgreSQL that another process has started, and keeps. */
export interface RunningPostgres {
  url: string
  close(): Promise<void>
}

/** The one that serves a data folder now, as far as its own file says; null where there is none. */
export async function findRunningPostgres(dataFolder: string): Promise<RunningPostgres | null> {
  const cluster = clusterIn(resolve(dataFolder))
  const postmaster = await readPostmasterFile(cluster)
  // What was killed has left its file.
  if (postmaster?.isReady !== true || (await identifyProcess(postmaster.pid)) === undefined) return null
  const socketFolder = await openSocketFolder(cluster)
  return { url: urlOf(socketFolder.path), close: () => socketFolder.close() }
}

/** Hosts in the query are what pg, libpq and Prisma agree on; sslmode and port shut out PGSSLMODE and PGPORT. */
export function urlOf(socketFolder: string): string {
  return (
    `postgresql://${superuser}@localhost:${port}/${superuser}` +
    `?host=${encodeURIComponent(socketFolder).replaceAll('%2F', '/')}&sslmode=disable`
  )
}
