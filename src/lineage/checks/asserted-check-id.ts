import { createHash } from 'node:crypto'
import { stringify as formatUuid, parse as parseUuid } from 'uuid'

/** The hexadecimal digits, with hyphens, of the first half of a UUID. */
const HALF = 'xxxxxxxx-xxxx-5xxx'.length

/**
 * The id of the `nth` of the assertions of a run that have this name, of this asset. Its first half is that of the
 * run's id, so that the run is found by it, and that in the order of ids the checks of a run stand together.
 */
export function assertedCheckIdOf(runId: string, assetId: string, name: string, nth: number): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([assetId, name, nth]))
    .digest()
  const bytes = Buffer.concat([parseUuid(runId).subarray(0, 8), digest.subarray(0, 8)])
  // The variant of RFC 9562; the version, 5, is that of the run's id.
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return formatUuid(bytes)
}

/** Whether a check was asserted by a run: all others have UUIDs of version 7. */
export function isAsserted(checkId: string): boolean {
  return checkId[HALF - 4] === '5'
}

/** The least and the greatest id of those that the run of an asserted check may have. */
export function runIdsOf(checkId: string): [least: string, greatest: string] {
  const half = checkId.slice(0, HALF)
  return [`${half}-0000-000000000000`, `${half}-ffff-ffffffffffff`]
}
