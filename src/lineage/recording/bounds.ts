import { badUserInput } from '../../errors/headwater-error.js'
import { countCodePoints } from '../../util/code-points.js'

/** The bounds of a recording: DESIGN rule 6, and those that follow from what an index entry can hold. */
export const BOUNDS = {
  recordingsPerBatch: 100,
  assetsPerRecording: 1_000,
  upstreamsPerAsset: 1_000,
  /** Of all assets of all recordings of a call: what one transaction writes in reasonable time. */
  inputsPerCall: 100_000,
  keyCharacters: 2_048,
  namespaceCharacters: 512,
  /** version and partitionKey are indexed together. */
  versionCharacters: 256,
  partitionKeyCharacters: 256,
  /** jobId, dagId, nodeTaskId, idempotencyKey. */
  idCharacters: 512,
  kindCharacters: 128,
  kindsPerAsset: 32,
  ownersPerAsset: 100,
  checksumCharacters: 512,
  codeVersionCharacters: 512,
  uriCharacters: 8_192,
  descriptionCharacters: 65_536,
  columnsPerAsset: 10_000,
  /** Of all assets of all recordings of a call, as inputsPerCall. */
  columnsPerCall: 100_000,
  columnInputsPerCall: 100_000,
  /** Two of them, at four bytes a character, fit an index entry beside two ids. */
  columnCharacters: 300,
  columnTypeCharacters: 8_192,
  inputsPerColumn: 1_000,
  transformationsPerInput: 100,
  subtypeCharacters: 128,
  metadataBytes: 256 * 1024,
  metadataLevels: 64,
} as const

const LONE_SURROGATE = /\p{Surrogate}/u
const CONTROL_CHARACTER = /\p{Control}/u

/** A text that PostgreSQL can keep: no NUL, no half of a surrogate pair. `least` to `most` characters long. */
export function checkText(field: string, text: string, most: number, least = 1): string {
  const length = countCodePoints(text)
  if (length < least || length > most) {
    throw badUserInput(field, `${length} characters`, `${least} to ${most} characters`)
  }
  checkStorable(field, text)
  return text
}

/** As checkText, and without control characters: for what names things. */
export function checkName(field: string, text: string, most: number): string {
  checkText(field, text, most)
  const found = CONTROL_CHARACTER.exec(text)
  if (found !== null) {
    throw badUserInput(field, `${codePointName(found[0])} at index ${found.index}`, 'no control characters')
  }
  return text
}

function checkStorable(field: string, text: string): void {
  const surrogate = LONE_SURROGATE.exec(text)
  if (surrogate !== null) {
    throw badUserInput(field, `a lone surrogate at index ${surrogate.index}`, 'well-formed Unicode')
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) throw badUserInput(field, `U+0000 at index ${nul}`, 'a text without U+0000')
}

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** A size in bytes: 0 or more. */
export function checkSize(field: string, size: bigint): bigint {
  if (size < 0n) throw badUserInput(field, String(size), '0 or more bytes')
  return size
}

const EARLIEST = new Date('1970-01-01T00:00:00.000Z')
const LATEST = new Date('9999-12-31T23:59:59.999Z')

/** An instant that a UUIDv7 can carry. */
export function checkInstant(field: string, instant: Date): Date {
  if (!(instant >= EARLIEST && instant <= LATEST)) {
    throw badUserInput(field, instant.toISOString(), `${EARLIEST.toISOString()} to ${LATEST.toISOString()}`)
  }
  return instant
}

/** The number of members of a list. */
export function checkCount(field: string, count: number, least: number, most: number): void {
  if (count < least || count > most) throw badUserInput(field, `${count} items`, `${least} to ${most} items`)
}

/** Metadata that comes out as it went in: bounded, storable, and without numbers that JSON has rounded. */
export function checkMetadata(field: string, metadata: Record<string, unknown>): Record<string, unknown> {
  checkJson(field, metadata, 1)
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  if (bytes > BOUNDS.metadataBytes) {
    throw badUserInput(field, `${bytes} bytes of JSON`, `at most ${BOUNDS.metadataBytes} bytes of JSON`)
  }
  return metadata
}

function checkJson(field: string, value: unknown, level: number): void {
  if (typeof value === 'string') checkStorable(field, value)
  if (typeof value === 'number') checkNumber(field, value)
  if (value === null || typeof value !== 'object') return
  if (level > BOUNDS.metadataLevels) {
    throw badUserInput(
      field,
      `more than ${BOUNDS.metadataLevels} levels`,
      `at most ${BOUNDS.metadataLevels} levels`,
    )
  }
  for (const [key, member] of Object.entries(value)) {
    checkStorable(field, key)
    checkJson(field, member, level + 1)
  }
}

/**
 * From 2^53 a JSON integer may have lost digits on its way here; from 1e21 it is written as a float anyway. What is
 * too large for a float, e.g. 1e400, has become Infinity, of which JSON knows nothing.
 */
function checkNumber(field: string, value: number): void {
  if (!Number.isFinite(value)) {
    throw badUserInput(field, 'a larger one', `numbers within ±${Number.MAX_VALUE}`)
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    throw badUserInput(
      field,
      `the integer ${value}`,
      'integers within ±(2^53 - 1); send larger ones as strings',
    )
  }
}
