import { createReadStream } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { CommandError } from '../command-error.js'

/** A file that can be read more than once. */
export interface OpenFile extends AsyncDisposable {
  size: number
  /** The first `size` bytes, from the start: what is appended meanwhile is for the next time. */
  read(): AsyncIterable<Buffer>
}

/**
 * Opens a file, or standard input for `-`. What can be read only once is copied to a temporary file first.
 */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await openRewindable(path)
  const { size } = await handle.stat()
  return {
    size,
    read: () => readStart(handle, size),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

async function openRewindable(path: string): Promise<FileHandle> {
  if (path === '-') return copyOf(process.stdin)
  try {
    const handle = await open(path, 'r')
    const stats = await handle.stat()
    if (stats.isFile()) return handle
    await handle.close()
    if (!stats.isDirectory()) return await copyOf(createReadStream(path))
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
  throw new CommandError(`cannot read ${path}: it is a folder`)
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'permission denied'
  return error instanceof Error ? error.message : String(error)
}

async function copyOf(stream: Readable): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-'))
  try {
    const handle = await open(join(folder, 'input'), 'wx+', 0o600)
    await writeFile(handle, stream)
    return handle
  } finally {
    // Its name goes at once and its content with the handle, however this program ends.
    await rm(folder, { recursive: true, force: true })
  }
}

async function* readStart(handle: FileHandle, size: number): AsyncGenerator<Buffer> {
  const chunkSize = 256 * 1024
  for (let at = 0; at < size; ) {
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.allocUnsafe(Math.min(chunkSize, size - at)),
      position: at,
    })
    if (bytesRead === 0) throw new CommandError('the file became shorter while it was read')
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}
