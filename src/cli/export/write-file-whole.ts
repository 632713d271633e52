import { open, rename, rm, writeFile } from 'node:fs/promises'
import { CommandError } from '../command-error.js'

/** Writes a file beside its place, and gives it its name once `check` has not thrown; answers with what that says. */
export async function writeFileWhole<T>(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  check: () => T,
  mode = 0o666,
): Promise<T> {
  const part = `${path}.${process.pid}.part`
  try {
    const handle = await open(part, 'wx', mode)
    try {
      await writeFile(handle, pieces)
      await handle.sync()
    } finally {
      await handle.close()
    }
    const checked = check()
    await rename(part, path)
    return checked
  } catch (error) {
    await rm(part, { force: true })
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new CommandError(`cannot write ${path}: ${error.message}`, { cause: error })
  }
}
