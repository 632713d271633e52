import { at, grown } from './growing.js'
import { UUID_BYTES } from './uuid-bytes.js'
import { wordAt } from './word-at.js'

/** Of 32 bits, in an id. */
const WORDS = 4

const FIRST_CAPACITY = 1_024

/** How many ids a step takes: about a millisecond's work. */
const STEP = 10_000

/** The ids of assets, each by the asset's number; finds the number of an id. */
export class IdTable {
  #ids = new Int32Array(WORDS * FIRST_CAPACITY)
  /** By hash of the id, open addressing: the asset's number and 1, or 0 where a slot is free. */
  #slots = new Int32Array(4 * FIRST_CAPACITY)

  /** Memory of it all, in bytes. */
  get bytes(): number {
    return this.#ids.byteLength + this.#slots.byteLength
  }

  /** The number of the asset whose id stands in `bytes` from `offset` on; -1 where it is not here. */
  find(bytes: Uint8Array, offset: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    // Ids are hashes: any word of them spreads well.
    for (let slot = wordAt(bytes, offset) & mask; ; slot = (slot + 1) & mask) {
      const number = (slots[slot] ?? 0) - 1
      if (number < 0 || this.#isAt(number, bytes, offset)) return number
    }
  }

  /**
   * The same of ids that come one after another. All slots are read first, then a word of each id that is there: so
   * the processor waits for many of them at a time, where one by one it waits for each.
   */
  findAll(ids: Uint8Array): Int32Array {
    const numbers = new Int32Array(ids.length / UUID_BYTES)
    const found = new Int32Array(numbers.length)
    this.#guess(ids, numbers, found)
    for (let place = 0; place < numbers.length; place++) {
      const offset = UUID_BYTES * place
      const number = numbers[place] ?? -1
      const isRight =
        number >= 0 && found[place] === wordAt(ids, offset + 4) && this.#isAt(number, ids, offset)
      if (!isRight) numbers[place] = this.find(ids, offset)
    }
    return numbers
  }

  /** Makes room for ids with numbers below `count`. */
  makeRoom(count: number): void {
    this.#ids = grown(this.#ids, WORDS * count)
  }

  /** Sets the id of a number, for which there is room. It is not found before `index`. */
  set(number: number, bytes: Uint8Array, offset: number): void {
    const ids = this.#ids
    const word = WORDS * number
    ids[word] = wordAt(bytes, offset)
    ids[word + 1] = wordAt(bytes, offset + 4)
    ids[word + 2] = wordAt(bytes, offset + 8)
    ids[word + 3] = wordAt(bytes, offset + 12)
  }

  /** From now on the id of this number, the greatest so far, is found. */
  index(number: number): void {
    this.#fill(this.#slots, number, number + 1)
    if (2 * (number + 1) <= this.#slots.length) return
    const slots = new Int32Array(2 * this.#slots.length)
    this.#fill(slots, 0, number + 1)
    this.#slots = slots
  }

  /** Numbers all ids anew, and indexes them, in steps: `order` has the numbers so far. */
  *renumber(order: Int32Array): Generator<void> {
    const ids = new Int32Array(WORDS * order.length)
    // With many free slots nearly every id is found at once.
    let length = this.#slots.length
    while (length < 4 * order.length) length *= 2
    for (let start = 0; start < order.length; start += STEP) {
      copyIds(order.subarray(start, start + STEP), this.#ids, ids, WORDS * start)
      yield
    }
    this.#ids = ids
    const slots = new Int32Array(length)
    for (let start = 0; start < order.length; start += STEP) {
      this.#fill(slots, start, Math.min(start + STEP, order.length))
      yield
    }
    this.#slots = slots
  }

  /** Writes the 16 bytes of an id into `bytes` from `offset` on. */
  write(number: number, bytes: Uint8Array, offset: number): void {
    for (let word = 0; word < WORDS; word++) {
      const value = at(this.#ids, WORDS * number + word)
      const start = offset + 4 * word
      bytes[start] = value >>> 24
      bytes[start + 1] = value >>> 16
      bytes[start + 2] = value >>> 8
      bytes[start + 3] = value
    }
  }

  /** Of each id the number in the first slot that it could be in, and the second word of the id with that number. */
  #guess(ids: Uint8Array, numbers: Int32Array, found: Int32Array): void {
    const slots = this.#slots
    const known = this.#ids
    const mask = slots.length - 1
    for (let place = 0; place < numbers.length; place++)
      numbers[place] = (slots[wordAt(ids, UUID_BYTES * place) & mask] ?? 0) - 1
    for (let place = 0; place < numbers.length; place++)
      found[place] = known[WORDS * Math.max(0, numbers[place] ?? 0) + 1] ?? 0
  }

  #isAt(number: number, bytes: Uint8Array, offset: number): boolean {
    const ids = this.#ids
    const word = WORDS * number
    return (
      ids[word] === wordAt(bytes, offset) &&
      ids[word + 1] === wordAt(bytes, offset + 4) &&
      ids[word + 2] === wordAt(bytes, offset + 8) &&
      ids[word + 3] === wordAt(bytes, offset + 12)
    )
  }

  /** Puts numbers from `start` up to, not including, `end` into slots. */
  #fill(slots: Int32Array, start: number, end: number): void {
    const ids = this.#ids
    const mask = slots.length - 1
    for (let number = start; number < end; number++) {
      let slot = (ids[WORDS * number] ?? 0) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
  }
}

function copyIds(numbers: Int32Array, from: Int32Array, to: Int32Array, start: number): void {
  let target = start
  for (let place = 0; place < numbers.length; place++) {
    const word = WORDS * (numbers[place] ?? 0)
    to[target++] = from[word] ?? 0
    to[target++] = from[word + 1] ?? 0
    to[target++] = from[word + 2] ?? 0
    to[target++] = from[word + 3] ?? 0
  }
}
