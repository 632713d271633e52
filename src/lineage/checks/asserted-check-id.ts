import { createHash } from 'node:crypto'
import { stringify as formatUuid, parse as parseUuid } from 'uuid'

/*
 * Ids are nested, as what they name: that of what a run asserts of an asset begins as the run's does, and those of its
 * checks begin as that does. So each is found by the next without an index of its own, and in the order of ids the checks
 * of a run and an asset stand together. All are UUIDs of version 5, as runs have; other checks are of version 7.
 */

const RUN_BYTES = 8
const ASSERTIONS_BYTES = 10
/** The beginnings of ids as they are written: of so many bytes, with the hyphens among them. */
const ASSERTIONS_CHARACTERS = 'xxxxxxxx-xxxx-5xxx-yyyy'.length
const VERSION_AT = 'xxxxxxxx-xxxx-'.length

/** The id of what a run asserts of an asset under one of its names. */
export function assertionsIdOf(runId: string, namedId: string): string {
  return within(runId, RUN_BYTES, namedId)
}

/** The id of the `nth` of these assertions that has this name. */
export function assertedCheckIdOf(assertionsId: string, name: string, nth: number): string {
  return within(assertionsId, ASSERTIONS_BYTES, JSON.stringify([assertionsId, name, nth]))
}

/** Whether a check was asserted by a run. */
export function isAsserted(checkId: string): boolean {
  return checkId[VERSION_AT] === '5'
}

/** The least and the greatest id that the assertions may have that a check is of. */
export function assertionsIdsOf(checkId: string): [least: string, greatest: string] {
  const beginning = checkId.slice(0, ASSERTIONS_CHARACTERS)
  return [`${beginning}-000000000000`, `${beginning}-ffffffffffff`]
}

/** An id that begins as another, and ends in a digest. */
function within(id: string, bytes: number, seed: string): string {
  const digest = createHash('sha256').update(seed).digest()
  const whole = Buffer.concat([parseUuid(id).subarray(0, bytes), digest.subarray(0, 16 - bytes)])
  // The variant of RFC 9562.
  whole.writeUInt8((whole.readUInt8(8) & 0x3f) | 0x80, 8)
  return formatUuid(whole)
}
