import { BOUNDS } from '../recording/bounds.js'

/** Room for the names of what is left out. */
const SPARE_BYTES = 1_000
/** Quotes, colons and commas around a member, and more than these. */
const BYTES_AROUND = 40

/**
 * The members that say something, as a JSON object that is no larger than metadata may be: the largest of what would
 * make it larger are left out, and named under `omitted`.
 */
export function fitted(all: Record<string, unknown>): Record<string, unknown> {
  const members = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value, bytes: Buffer.byteLength(JSON.stringify(value)) }))
  const omitted: string[] = []
  let bytes = members.reduce((sum, one) => sum + one.bytes + BYTES_AROUND, 0)
  for (const one of members.toSorted((a, b) => b.bytes - a.bytes)) {
    if (bytes <= BOUNDS.metadataBytes - SPARE_BYTES) break
    bytes -= one.bytes
    omitted.push(one.name)
  }
  const kept = members.filter(({ name }) => !omitted.includes(name)).map(({ name, value }) => [name, value])
  return { ...Object.fromEntries(kept), ...(omitted.length === 0 ? {} : { omitted }) }
}
