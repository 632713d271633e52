import { lchown, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { clusterIn } from './data-folder.js'
import { EmbeddedPostgresError, errorCode, useAnotherFolder } from './embedded-postgres-error.js'
import { syncFolder } from './private-folder.js'
import { clusterAsSeenInside, type Programs, runProgram } from './programs.js'

/** The superuser of the cluster and the name of its database. */
export const superuser = 'headwater'

/** Makes the cluster with its empty database if there is none; refuses one of another major version. */
export async function provideCluster(dataFolder: string, programs: Programs, version: string): Promise<void> {
  const found = await readVersion(clusterIn(dataFolder))
  if (found === undefined) return createCluster(dataFolder, programs)
  const major = version.split('.', 1).join()
  if (found !== major) {
    throw new EmbeddedPostgresError(
      `data folder ${dataFolder} holds data of PostgreSQL ${found}, and this Headwater brings PostgreSQL ${major}: ` +
        `move the data with pg_dump, use the Headwater that wrote it, or ${useAnotherFolder}`,
    )
  }
}

/** All of it under another name first, so that a crash half-way leaves nothing that looks like a cluster. */
async function createCluster(dataFolder: string, programs: Programs): Promise<void> {
  await removeLeftovers(dataFolder)
  const { account } = programs
  const folder = await mkdtemp(join(dataFolder, 'cluster.new-'))
  try {
    if (account !== undefined) await lchown(folder, account.uid, account.gid)
    const seen = clusterAsSeenInside(folder, account)
    await runProgram(programs, folder, 'initdb', [
      `--pgdata=${seen}`,
      `--username=${superuser}`,
      // The same order of strings on every machine, whatever its C library.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--encoding=UTF8',
      // The 0700 folder around the socket is what keeps others out; over TCP nobody gets in, whatever is set.
      '--auth-local=trust',
      '--auth-host=reject',
      '--no-instructions',
    ])
    await runProgram(programs, folder, 'postgres', ['--single', '-D', seen, 'template1'], createDatabase)
    await rename(folder, clusterIn(dataFolder))
    await syncFolder(dataFolder)
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

const createDatabase = `CREATE DATABASE ${superuser}\n`

/** A dead server's initdb may still be writing there, so failing to remove it is no reason not to start. */
async function removeLeftovers(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (!name.startsWith('cluster.new-')) continue
    await rm(join(dataFolder, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Undefined if there is no cluster at all. */
async function readVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  const names = await readdir(cluster).catch(() => undefined)
  if (names === undefined) return undefined
  throw new EmbeddedPostgresError(
    `${cluster} is not a PostgreSQL cluster (no PG_VERSION): remove it, or ${useAnotherFolder}`,
  )
}
