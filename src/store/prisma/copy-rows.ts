/** The signature, flags and length of extensions that COPY's binary form begins with. */
const HEADER_BYTES = 19

/**
 * Told of a row: its field n is what stands in `bytes` from `bounds[2 * n]` up to, not including, `bounds[2 * n + 1]`;
 * NULL is empty. Both are used again for the next row.
 */
export type OnCopiedRow = (bytes: Buffer, bounds: readonly number[]) => void

/**
 * Splits what `COPY … TO STDOUT (FORMAT binary)` sends into rows, without an object for any of them.
 *
 * Source: PostgreSQL's documentation of COPY, "Binary Format".
 */
export function splitCopiedRows(onRow: OnCopiedRow): (chunk: Buffer) => void {
  const bounds: number[] = []
  let rest: Buffer = Buffer.alloc(0)
  let toSkip = HEADER_BYTES
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = Math.min(toSkip, bytes.length)
    toSkip -= at
    for (let end = endOfRow(bytes, at, bounds); end >= 0; end = endOfRow(bytes, at, bounds)) {
      onRow(bytes, bounds)
      at = end
    }
    rest = bytes.subarray(at)
  }
}

/** Finds the fields of the row that begins at `start`; answers with its end, or -1 where it is not whole yet, or none. */
function endOfRow(bytes: Buffer, start: number, bounds: number[]): number {
  if (start + 2 > bytes.length) return -1
  // The trailer has -1 for the number of fields.
  const count = bytes.readInt16BE(start)
  if (bounds.length !== 2 * count) bounds.length = Math.max(0, 2 * count)
  let at = start + 2
  for (let field = 0; field < count; field++) {
    if (at + 4 > bytes.length) return -1
    const end = at + 4 + Math.max(0, bytes.readInt32BE(at))
    if (end > bytes.length) return -1
    bounds[2 * field] = at + 4
    bounds[2 * field + 1] = end
    at = end
  }
  return count < 0 ? -1 : at
}
