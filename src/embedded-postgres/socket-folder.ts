import { lutimes, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresError, useAnotherFolder } from './embedded-postgres-error.js'
import { socketName } from './postmaster-file.js'

/** The folder in which clients find the socket, by a path short enough for them. */
interface SocketFolder {
  readonly path: string
  close(): Promise<void>
}

/** sockaddr_un: 108 bytes on Linux, 104 on macOS, the last one zero. */
const longestSocketPath = 103

const hourly = 60 * 60 * 1000

/**
 * The socket is in the cluster, which is 0700. Only postgres itself can name it briefly there; if its full
 * path is too long for clients, they get a link to the cluster in a short folder that is 0700 too.
 */
export async function openSocketFolder(cluster: string): Promise<SocketFolder> {
  if (fits(cluster)) return { path: cluster, close: async () => undefined }
  const parent = [tmpdir(), '/tmp'].find((folder) => fits(join(folder, 'headwater-XXXXXX', 'cluster')))
  if (parent === undefined) {
    throw new EmbeddedPostgresError(
      `the path of ${cluster} is too long for a Unix socket: ${useAnotherFolder}`,
    )
  }
  const folder = await mkdtemp(join(parent, 'headwater-'))
  const path = join(folder, 'cluster')
  await symlink(cluster, path)
  // Tidiers of temporary folders remove what is days old.
  const touching = setInterval(() => lutimes(path, new Date(), new Date()).catch(() => undefined), hourly)
  touching.unref()
  return {
    path,
    async close() {
      clearInterval(touching)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const fits = (folder: string): boolean => Buffer.byteLength(join(folder, socketName)) <= longestSocketPath
