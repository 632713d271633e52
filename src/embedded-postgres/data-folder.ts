import { access, chmod, constants, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError, errorCode, useAnotherFolder } from './embedded-postgres-error.js'

/** Where the PostgreSQL cluster (and its socket) is in a data folder. */
export const clusterIn = (dataFolder: string): string => join(dataFolder, 'cluster')

/** The lock that keeps a second server out of a data folder. */
export const lockIn = (dataFolder: string): string => join(dataFolder, 'lock')

/** What we leave behind, what a mounted disk has, and hidden files such as .gitignore. */
const expected = /^(cluster\.new-.*|lock|lock-.*|binaries|lost\+found|\..*)$/

/** Makes the data folder if need be, and makes sure that it is ours to use. */
export async function prepareDataFolder(dataFolder: string): Promise<void> {
  await makeFolders(dataFolder)
  const names = await readdir(dataFolder)
  const foreign = names.includes('cluster') ? undefined : names.find((name) => !expected.test(name))
  if (foreign !== undefined) {
    throw new EmbeddedPostgresError(
      `data folder ${dataFolder} holds files that are not Headwater's (${foreign}): empty it, or ${useAnotherFolder}`,
    )
  }
  await access(dataFolder, constants.W_OK | constants.X_OK)
  await closeToOthers(dataFolder)
}

/**
 * As `mkdir -p`. Node's own recursive mkdir never returns where a folder that is there says that what is to be made
 * in it does not exist, as /proc does.
 */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    if (errorCode(error) !== 'ENOENT' || (await exists(dirname(folder)))) throw error
    await makeFolders(dirname(folder))
    await makeFolders(folder)
  }
}

/** Whether there is a database in a data folder, as far as can be seen. */
export function holdsCluster(dataFolder: string): Promise<boolean> {
  return exists(clusterIn(dataFolder))
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

async function closeToOthers(dataFolder: string): Promise<void> {
  // macOS lacks /proc/self/cwd, so there the user that root runs postgres as must walk through this folder.
  const mustBeWalked = process.platform === 'darwin' && process.geteuid?.() === 0
  try {
    await chmod(dataFolder, mustBeWalked ? 0o711 : 0o700)
  } catch (error) {
    // A mounted volume may belong to root and be ours by its group; what is inside is 0700 by itself.
    if (errorCode(error) !== 'EPERM') throw error
  }
}
