/** The signature, flags and length of extensions that COPY's binary form begins with. */
const HEADER_BYTES = 19

/**
 * Splits what `COPY … TO STDOUT (FORMAT binary)` sends into rows, and calls `onRow` with the fields of each: parts of a
 * buffer that is used again, so they have to be copied to be kept. NULL comes as empty.
 *
 * Source: PostgreSQL's documentation of COPY, "Binary Format".
 */
export function splitCopiedRows(onRow: (fields: Buffer[]) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let toSkip = HEADER_BYTES
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = Math.min(toSkip, bytes.length)
    toSkip -= at
    for (;;) {
      const row = readRow(bytes, at)
      if (row === null) break
      at = row.end
      onRow(row.fields)
    }
    rest = bytes.subarray(at)
  }
}

/** The row that begins at `start`; null where it is not whole yet, or the end is reached. */
function readRow(bytes: Buffer, start: number): { fields: Buffer[]; end: number } | null {
  if (start + 2 > bytes.length) return null
  const count = bytes.readInt16BE(start)
  // The trailer has -1 for the number of fields.
  if (count < 0) return null
  const fields: Buffer[] = []
  let at = start + 2
  for (let field = 0; field < count; field++) {
    if (at + 4 > bytes.length) return null
    const length = Math.max(0, bytes.readInt32BE(at))
    at += 4
    if (at + length > bytes.length) return null
    fields.push(bytes.subarray(at, at + length))
    at += length
  }
  return { fields, end: at }
}
