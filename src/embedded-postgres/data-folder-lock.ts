import { randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { lockIn } from './data-folder.js'
import { EmbeddedPostgresError, errorCode, useAnotherFolder } from './embedded-postgres-error.js'
import { makePrivateFolder } from './private-folder.js'
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.js'
import type { ServiceAccount } from './service-account.js'

/** Ours until released, or until this process dies. */
interface DataFolderLock {
  release(): Promise<void>
}

const ownerFile = z.object({ pid: z.int().positive(), started: z.string() })

/**
 * Takes the data folder for this process, from a dead owner too; refuses when a live process has it.
 *
 * The lock is a folder that holds one file, named by a token that is never used twice. A folder replaces
 * another by rename only if that one is missing or empty, so of many takers one wins. A dead owner's lock is
 * taken by removing its file by name and trying again: the file of whoever came first has another name, so a
 * slow taker can never remove a live lock.
 */
export async function lockDataFolder(
  dataFolder: string,
  account: ServiceAccount | undefined,
): Promise<DataFolderLock> {
  const lock = lockIn(dataFolder)
  const token = randomUUID()
  const prepared = `${lock}-${token}`
  const self = (await identifyProcess(process.pid)) ?? { pid: process.pid, started: '' }
  try {
    await makePrivateFolder(prepared, account)
    await writeFile(join(prepared, token), JSON.stringify(self))
    while (!(await becomes(prepared, lock))) await removeDeadOwner(dataFolder, lock)
  } catch (error) {
    await rm(prepared, { recursive: true, force: true })
    throw error
  }
  return {
    async release() {
      await rm(join(lock, token), { force: true })
      // Another server may have moved in between the two calls.
      await rmdir(lock).catch(() => undefined)
    },
  }
}

async function becomes(prepared: string, lock: string): Promise<boolean> {
  try {
    await rename(prepared, lock)
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

async function removeDeadOwner(dataFolder: string, lock: string): Promise<void> {
  for (const token of await readIfThere(() => readdir(lock), [])) {
    const owner = await readOwner(join(lock, token))
    if (owner !== undefined && (await isRunning(owner))) {
      throw new EmbeddedPostgresError(
        `data folder ${dataFolder} is in use by another Headwater (pid ${owner.pid}): stop it, or ${useAnotherFolder}`,
      )
    }
    await rm(join(lock, token), { force: true })
  }
}

/** A live owner's file is whole, for it was written before it became the lock; a torn one outlived a power cut. */
async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readIfThere(() => readFile(path, 'utf8'), '')
  try {
    return ownerFile.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function readIfThere<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return otherwise
    throw error
  }
}
