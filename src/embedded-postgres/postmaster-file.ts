import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The one port we use; it only names the socket. */
export const port = 5432

/** The socket's name in its folder. */
export const socketName = `.s.PGSQL.${port}`

/** What a running postmaster says about itself in its cluster (postmaster.pid). */
interface PostmasterFile {
  readonly pid: number
  readonly isReady: boolean
}

/** Undefined if there is no postmaster, or none that has got so far. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  // PostgreSQL's pidfile.h: line 1 is the pid, line 8 the status.
  return Number.isInteger(pid) && pid > 0 ? { pid, isReady: lines[7] === 'ready' } : undefined
}

/** Removes what a dead postmaster left and would stop the next one. */
export async function removePostmasterFiles(cluster: string): Promise<void> {
  await rm(join(cluster, 'postmaster.pid'), { force: true })
  await rm(join(cluster, `${socketName}.lock`), { force: true })
}

/** Whether two paths are the same folder, as far as we may look. */
export async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
