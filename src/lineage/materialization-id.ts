import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidV7 } from 'uuid'

/**
 * A UUIDv7 (RFC 9562) of the time given, whose other bits come from the seed, where there is one, else from
 * chance. With a seed, the order by (materializedAt, id) is the same on whatever day and in whatever order a
 * recording arrives, and a repeat that slipped past every other check would collide.
 */
export function materializationIdOf(time: Date, seed: string | undefined): string {
  const random = seed === undefined ? randomBytes(16) : createHash('sha256').update(seed).digest()
  return uuidV7({ msecs: time.getTime(), random: random.subarray(0, 16) })
}
