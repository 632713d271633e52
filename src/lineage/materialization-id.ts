import { createHash, randomBytes } from 'node:crypto'
import { v7 as uuidV7 } from 'uuid'

/** Places of the materializations of one recording: 0 to 999. */
const RECORDING_PLACE_BITS = 12
/** Places of the materializations of a whole batch: a hundred times as many. */
const BATCH_PLACE_BITS = 17

/**
 * A UUIDv7 (RFC 9562) of the time given. Its next twelve bits are the place of the materialization in its recording
 * (0 to 999): of several made at one instant the last is the latest. The others come from the seed, where there
 * is one, else from chance. With a seed, the order by (materializedAt, id) is the same on whatever day and in whatever
 * order a recording arrives, and a repeat that slipped past every other check would collide.
 */
export function materializationIdOf(time: Date, place: number, seed: string | undefined): string {
  return idOf(time, place, RECORDING_PLACE_BITS, seed)
}

/**
 * The same for what the server's clock dates: `place` counts over all recordings of its batch (0 to 99,999), which
 * all have that one instant, and takes seventeen bits.
 */
export function idInBatchOf(time: Date, place: number, seed: string | undefined): string {
  return idOf(time, place, BATCH_PLACE_BITS, seed)
}

function idOf(time: Date, place: number, placeBits: number, seed: string | undefined): string {
  if (place >= 2 ** placeBits) throw new RangeError(`place: expected ${placeBits} bits, got ${place}`)
  const random = seed === undefined ? randomBytes(20) : createHash('sha256').update(seed).digest()
  // What the library calls seq are the 32 bits behind the version: rand_a of the RFC, and the first of rand_b.
  const seqBits = 32 - placeBits
  const seq = ((place << seqBits) | (random.readUInt32BE(16) & (2 ** seqBits - 1))) >>> 0
  return uuidV7({ msecs: time.getTime(), seq, random: random.subarray(0, 16) })
}
