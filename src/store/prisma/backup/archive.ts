import { createHash } from 'node:crypto'
import { StartupError } from '../../../errors/startup-error.js'

/*
 * An archive, before it is compressed: a line that says what it is, then frames. A frame is a letter, the length of
 * what follows in four bytes, and that. The last one is the SHA-256 of all before it: without it an archive is not whole.
 */

const MAGIC = Buffer.from('headwater backup 1\n')

/** What frames hold: JSON, but for data (of COPY) and the digest. */
export type FrameKind = 'header' | 'table' | 'data' | 'rows' | 'digest'

const LETTER_OF: Record<FrameKind, string> = { header: 'H', table: 'T', data: 'D', rows: 'R', digest: 'Z' }
const KIND_OF = new Map(Object.entries(LETTER_OF).map(([kind, letter]) => [letter, kind as FrameKind]))

/** No frame that we write is longer. */
const LONGEST_FRAME = 64 * 1024 * 1024

/** A part of an archive. */
export interface Frame {
  kind: FrameKind
  content: Buffer
}

/** The bytes of an archive of these frames. */
export async function* writeArchive(frames: AsyncIterable<Frame>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const noted = (bytes: Buffer) => {
    hash.update(bytes)
    return bytes
  }
  yield noted(MAGIC)
  for await (const { kind, content } of frames) {
    yield noted(headOf(kind, content.length))
    yield noted(content)
  }
  const digest = hash.digest()
  yield headOf('digest', digest.length)
  yield digest
}

function headOf(kind: FrameKind, length: number): Buffer {
  const head = Buffer.alloc(5)
  head.write(LETTER_OF[kind], 0, 'latin1')
  head.writeUInt32BE(length, 1)
  return head
}

/** The frames of an archive, but for the digest: where that is wrong, or missing, it throws a StartupError at the end. */
export async function* readArchive(bytes: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const source = new ByteSource(bytes)
  const hash = createHash('sha256')
  const magic = await source.take(MAGIC.length)
  if (magic === null || !magic.equals(MAGIC)) throw new StartupError('this is no backup of Headwater')
  hash.update(magic)
  for (;;) {
    const head = await source.take(5)
    const kind = KIND_OF.get(head?.toString('latin1', 0, 1) ?? '')
    const length = head?.readUInt32BE(1) ?? 0
    if (head === null || kind === undefined || length > LONGEST_FRAME) throw notWhole()
    const content = await source.take(length)
    if (content === null) throw notWhole()
    if (kind === 'digest') {
      if (!content.equals(hash.digest()) || (await source.take(1)) !== null) throw notWhole()
      return
    }
    hash.update(head)
    hash.update(content)
    yield { kind, content }
  }
}

/** It was cut, or is not as it was written. */
export function notWhole(cause?: unknown): StartupError {
  return new StartupError('the backup is not whole: it was cut or has been changed; take another', {
    cause,
  })
}

/** Takes so many bytes at a time from pieces of any length. */
class ByteSource {
  #rest: Buffer = Buffer.alloc(0)
  readonly #pieces: AsyncIterator<Buffer>

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#pieces = bytes[Symbol.asyncIterator]()
  }

  /** Null where there are not so many. */
  async take(count: number): Promise<Buffer | null> {
    const parts = [this.#rest]
    let length = this.#rest.length
    while (length < count) {
      const { value, done } = await this.#pieces.next()
      if (done === true) return null
      parts.push(value)
      length += value.length
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts)
    this.#rest = all.subarray(count)
    return all.subarray(0, count)
  }
}
