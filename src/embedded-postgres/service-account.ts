import { readFile, stat } from 'node:fs/promises'
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js'

/** The operating-system user that postgres runs as instead of root. */
export interface ServiceAccount {
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL refuses to run as root, so root hands it to somebody else: to whom the cluster belongs, else to
 * whom the data folder belongs, else to `nobody`. Undefined for an ordinary user: postgres runs as that user.
 */
export async function chooseServiceAccount(
  dataFolder: string,
  cluster: string,
): Promise<ServiceAccount | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const ofCluster = await ownerOf(cluster)
  if (ofCluster !== undefined) return ofCluster
  const users = await readUsers()
  const ofFolder = await ownerOf(dataFolder)
  // initdb insists on a user with a name; a mounted folder may belong to an id that has none here.
  const chosen =
    users.find((user) => user.uid === ofFolder?.uid) ?? users.find(({ name }) => name === 'nobody')
  if (chosen !== undefined) return { uid: chosen.uid, gid: chosen.gid }
  throw new EmbeddedPostgresError(
    "PostgreSQL cannot run as root and there is no user 'nobody' to run it as: start Headwater as an ordinary user",
  )
}

async function ownerOf(path: string): Promise<ServiceAccount | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return uid === 0 ? undefined : { uid, gid }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function readUsers(): Promise<{ name: string; uid: number; gid: number }[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n')
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (name === undefined || !/^-?\d+$/.test(uid ?? '') || !/^-?\d+$/.test(gid ?? '')) return []
    // macOS writes nobody's ids as -2; stat and chown speak of them unsigned.
    return { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
  })
}
