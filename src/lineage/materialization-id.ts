import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidV7 } from 'uuid'

/**
 * A UUIDv7 (RFC 9562) of the time given. Its next twelve bits are the place of the materialization in its call (0 to
 * 999): of several made at one instant the last in the call is the latest. The others come from the seed, where there
 * is one, else from chance. With a seed, the order by (materializedAt, id) is the same on whatever day and in whatever
 * order a recording arrives, and a repeat that slipped past every other check would collide.
 */
export function materializationIdOf(time: Date, place: number, seed: string | undefined): string {
  const random = seed === undefined ? randomBytes(20) : createHash('sha256').update(seed).digest()
  // rand_a of the RFC is the upper twelve of what the library calls seq.
  const seq = ((place << 20) | (random.readUInt32BE(16) & 0xfffff)) >>> 0
  return uuidV7({ msecs: time.getTime(), seq, random: random.subarray(0, 16) })
}
