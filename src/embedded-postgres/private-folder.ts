import { chmod, lchown, mkdir, open } from 'node:fs/promises'
import type { ServiceAccount } from './service-account.js'

/** Makes a folder that only the service account (or, without one, this user) and root can enter. */
export async function makePrivateFolder(path: string, account: ServiceAccount | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  await chmod(path, 0o700)
  // lchown: in a folder that belongs to another user, that user may have put a link here meanwhile.
  if (account !== undefined) await lchown(path, account.uid, account.gid)
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
