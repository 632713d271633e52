import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedPostgresError, useAnotherFolder } from './embedded-postgres-error.js'
import { isSameFolder, readPostmasterFile, removePostmasterFiles, socketName } from './postmaster-file.js'
import { endPostmaster, identifyProcess, waitForEnd } from './process-identity.js'

/**
 * Ends the postgres that a killed server left running, and removes its lock files. Call it with the data
 * folder locked: then a postgres that still serves the cluster has nobody that it works for.
 */
export async function endOrphan(cluster: string, socketFolder: string): Promise<void> {
  const known = await readPostmasterFile(cluster)
  if (known === undefined) return
  const found = await identifyProcess(known.pid)
  if (found !== undefined && (await servesCluster(known.pid, cluster))) {
    return endPostmaster(known.pid, (within) => waitForEnd(found, within))
  }
  if (await accepts(join(socketFolder, socketName))) {
    throw new EmbeddedPostgresError(
      `${cluster} is in use by a PostgreSQL that this process cannot see (pid ${known.pid}, perhaps in another ` +
        `container): stop it, or ${useAnotherFolder}`,
    )
  }
  // postgres clears up after a dead one by itself, but takes any process that got the old pid for a live one.
  if (found !== undefined) await removePostmasterFiles(cluster)
}

async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    return name.trim() === 'postgres' && (await isSameFolder(`/proc/${pid}/cwd`, cluster))
  }
  const ps = await promisify(execFile)('ps', ['-o', 'command=', '-ww', '-p', String(pid)]).catch(
    () => undefined,
  )
  const command = ps?.stdout ?? ''
  return command.includes('postgres') && command.includes(cluster)
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    const settle = (answer: boolean) => {
      connection.destroy()
      resolve(answer)
    }
    connection.once('connect', () => settle(true)).once('error', () => settle(false))
    // A listener too busy to accept is one all the same.
    connection.setTimeout(2_000, () => settle(true))
  })
}
