const LINE_FEED = 0x0a

/** A line longer than this is passed over: a server takes no larger request. */
export const LONGEST_LINE_BYTES = 32 * 1024 * 1024

/** A line of a file, counted from 1. */
export interface RawLine {
  number: number
  /** Null where it is longer than LONGEST_LINE_BYTES: then it has not been kept. */
  bytes: Buffer | null
}

/** Splits a stream into lines, holding no more than one of them. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawLine> {
  let number = 1
  let pieces: Buffer[] = []
  let length = 0
  const take = (piece: Buffer) => {
    length += piece.length
    if (length > LONGEST_LINE_BYTES) pieces = []
    else pieces.push(piece)
  }
  const line = () => ({ number, bytes: length > LONGEST_LINE_BYTES ? null : Buffer.concat(pieces) })

  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end))
      yield line()
      number++
      pieces = []
      length = 0
      start = end + 1
    }
    take(chunk.subarray(start))
  }
  if (length > 0) yield line()
}
