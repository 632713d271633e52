import type { AssetName, Nodes } from '../walk/graph-reader.js'
import { MOST_NODES } from './adjacency.js'
import { at, grown } from './growing.js'
import { readUuid, UUID_BYTES, writeUuid } from './uuid-bytes.js'

/** A name as it is kept: in UTF-8, which sorts by code point, as names do everywhere. */
interface NameBytes {
  namespace: Uint8Array
  key: Uint8Array
}

const FIRST_CAPACITY = 1_024

/** Of 32 bits, in an id. */
const WORDS = 4

/**
 * The assets of a graph in the process: their ids and names, each asset by a number that never changes. About 60
 * bytes an asset beside its key, all of them outside of JavaScript's heap.
 */
export class AssetTable {
  #count = 0
  /** Four words an id. */
  #ids = new Int32Array(WORDS * FIRST_CAPACITY)
  /** By hash of the id, open addressing: the asset's number and 1, or 0 where a slot is free. */
  #slots = new Int32Array(4 * FIRST_CAPACITY)
  readonly #namespaces: Uint8Array[] = []
  readonly #namespaceNumbers = new Map<string, number>()
  #namespaceOf = new Uint32Array(FIRST_CAPACITY)
  /** All keys one after another; each ends where the next begins. */
  #keys = new Uint8Array(32 * FIRST_CAPACITY)
  #keyStart = new Uint32Array(FIRST_CAPACITY + 1)
  /** The place of an asset in the order of names, among those that have been ranked; -1 for newer ones. */
  #rank = new Int32Array(FIRST_CAPACITY)
  #ranked = 0
  readonly #scratch = new Uint8Array(UUID_BYTES)

  get count(): number {
    return this.#count
  }

  /** How many assets have come since names were last ranked. */
  get unranked(): number {
    return this.#count - this.#ranked
  }

  /** Memory of it all, in bytes. */
  get bytes(): number {
    return [this.#ids, this.#slots, this.#namespaceOf, this.#keys, this.#keyStart, this.#rank].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    )
  }

  /** The number of an asset; -1 where it is not here. */
  numberOf(id: string): number {
    writeUuid(id, this.#scratch, 0)
    return this.numberAt(this.#scratch, 0)
  }

  /** The number of the asset whose id stands in `bytes` from `offset` on; -1 where it is not here. */
  numberAt(bytes: Uint8Array, offset: number): number {
    return at(this.#slots, this.#slotOf(bytes, offset)) - 1
  }

  /** The number of an asset, which is added where it is not here. */
  add(id: string, { namespace, key }: AssetName): number {
    writeUuid(id, this.#scratch, 0)
    return this.addBytes(this.#scratch, 0, encoder.encode(namespace), encoder.encode(key))
  }

  /** The same, of an id that stands in `bytes` from `offset` on and a name in UTF-8; all are copied. */
  addBytes(bytes: Uint8Array, offset: number, namespace: Uint8Array, key: Uint8Array): number {
    const slot = this.#slotOf(bytes, offset)
    const known = at(this.#slots, slot) - 1
    if (known >= 0) return known
    const number = this.#count++
    this.#makeRoom(key.length)
    for (let word = 0; word < WORDS; word++)
      this.#ids[WORDS * number + word] = wordAt(bytes, offset + 4 * word)
    this.#namespaceOf[number] = this.#namespaceNumberOf(namespace)
    const start = at(this.#keyStart, number)
    this.#keys.set(key, start)
    this.#keyStart[number + 1] = start + key.length
    this.#rank[number] = -1
    this.#slots[slot] = number + 1
    if (2 * this.#count > this.#slots.length) this.#rehash()
    return number
  }

  /** Writes the 16 bytes of an asset's id into `bytes` from `offset` on. */
  writeId(number: number, bytes: Uint8Array, offset: number): void {
    for (let word = 0; word < WORDS; word++) {
      const value = at(this.#ids, WORDS * number + word)
      const start = offset + 4 * word
      bytes[start] = value >>> 24
      bytes[start + 1] = value >>> 16
      bytes[start + 2] = value >>> 8
      bytes[start + 3] = value
    }
  }

  /** The id of an asset. */
  idOf(number: number): string {
    this.writeId(number, this.#scratch, 0)
    return readUuid(this.#scratch, 0)
  }

  /** Whether the first asset's name comes before (negative) or behind (positive) the second's. */
  compareNames(one: number, other: number): number {
    const rank = at(this.#rank, one)
    const otherRank = at(this.#rank, other)
    return rank >= 0 && otherRank >= 0
      ? rank - otherRank
      : compareBytes(this.#nameOf(one), this.#nameOf(other))
  }

  /** Of these assets the first `count` in the order of names, from behind `after` on. */
  firstByName(numbers: Nodes, after: AssetName | null, count: number): number[] {
    const bound = after && { namespace: encoder.encode(after.namespace), key: encoder.encode(after.key) }
    const behind =
      bound === null
        ? [...numbers]
        : [...numbers].filter((number) => compareBytes(this.#nameOf(number), bound) > 0)
    const sorted = this.#byName(behind)
    return sorted.length > count ? sorted.slice(0, count) : sorted
  }

  #byName(numbers: number[]): number[] {
    const ranks = numbers.map((number) => at(this.#rank, number))
    if (ranks.some((rank) => rank < 0)) return numbers.sort((one, other) => this.compareNames(one, other))
    // Rank and number fit one exact number, and numbers are sorted without asking us.
    const keys = new Float64Array(numbers.length)
    numbers.forEach((number, place) => {
      keys[place] = (ranks[place] ?? 0) * MOST_NODES + number
    })
    return Array.from(keys.sort(), (key) => key - Math.floor(key / MOST_NODES) * MOST_NODES)
  }

  /**
   * Ranks all names, so that comparing two is comparing numbers. Comes in steps of about a millisecond, between which
   * assets may be added: these stay unranked.
   */
  *rankNames(): Generator<void> {
    const count = this.#count
    const fresh = Array.from({ length: count - this.#ranked }, (_, place) => this.#ranked + place)
    // Few as a rule; after loading none, for they come in order.
    fresh.sort((one, other) => compareBytes(this.#nameOf(one), this.#nameOf(other)))
    yield
    const inOrder = new Int32Array(this.#ranked)
    for (let number = 0; number < this.#ranked; number++) inOrder[at(this.#rank, number)] = number
    yield
    const rank = new Int32Array(this.#rank.length).fill(-1)
    let place = 0
    let taken = 0
    for (const number of fresh) {
      while (taken < inOrder.length && this.#isBefore(at(inOrder, taken), number)) {
        rank[at(inOrder, taken++)] = place++
        if (place % 50_000 === 0) yield
      }
      rank[number] = place++
    }
    for (; taken < inOrder.length; taken++) rank[at(inOrder, taken)] = place++
    this.#rank = grown(rank, this.#rank.length)
    for (let number = count; number < this.#count; number++) this.#rank[number] = -1
    this.#ranked = count
  }

  /** Takes it that the assets so far have been added in the order of their names. */
  rankAsAdded(): void {
    for (let number = 0; number < this.#count; number++) this.#rank[number] = number
    this.#ranked = this.#count
  }

  #isBefore(one: number, other: number): boolean {
    return compareBytes(this.#nameOf(one), this.#nameOf(other)) < 0
  }

  #nameOf(number: number): NameBytes {
    const key = this.#keys.subarray(at(this.#keyStart, number), at(this.#keyStart, number + 1))
    return { namespace: this.#namespaces[at(this.#namespaceOf, number)] ?? EMPTY, key }
  }

  #namespaceNumberOf(namespace: Uint8Array): number {
    // As a rule many assets of one namespace come after each other.
    const last = at(this.#namespaceOf, this.#count - 2)
    const lastName = this.#namespaces[last]
    if (lastName !== undefined && Buffer.compare(lastName, namespace) === 0) return last
    const text = decoder.decode(namespace)
    const known = this.#namespaceNumbers.get(text)
    if (known !== undefined) return known
    const number = this.#namespaces.push(namespace.slice()) - 1
    this.#namespaceNumbers.set(text, number)
    return number
  }

  /** The slot that an id is in, or the free one where it would be. Ids are hashes: any word of them spreads well. */
  #slotOf(bytes: Uint8Array, offset: number): number {
    const first = wordAt(bytes, offset)
    const second = wordAt(bytes, offset + 4)
    const third = wordAt(bytes, offset + 8)
    const fourth = wordAt(bytes, offset + 12)
    const mask = this.#slots.length - 1
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const number = at(this.#slots, slot) - 1
      const word = WORDS * number
      if (
        number < 0 ||
        (this.#ids[word] === first &&
          this.#ids[word + 1] === second &&
          this.#ids[word + 2] === third &&
          this.#ids[word + 3] === fourth)
      )
        return slot
    }
  }

  #makeRoom(keyLength: number): void {
    this.#ids = grown(this.#ids, WORDS * this.#count)
    this.#namespaceOf = grown(this.#namespaceOf, this.#count)
    this.#keyStart = grown(this.#keyStart, this.#count + 1)
    this.#rank = grown(this.#rank, this.#count)
    this.#keys = grown(this.#keys, at(this.#keyStart, this.#count - 1) + keyLength)
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    const mask = this.#slots.length - 1
    for (let number = 0; number < this.#count; number++) {
      let slot = at(this.#ids, WORDS * number) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = number + 1
    }
  }
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    (at(bytes, offset) << 24) |
    (at(bytes, offset + 1) << 16) |
    (at(bytes, offset + 2) << 8) |
    at(bytes, offset + 3)
  )
}

const EMPTY = new Uint8Array(0)
const encoder = new TextEncoder()
/** A byte order mark is a character like others. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function compareBytes(one: NameBytes, other: NameBytes): number {
  return (
    (one.namespace === other.namespace ? 0 : Buffer.compare(one.namespace, other.namespace)) ||
    Buffer.compare(one.key, other.key)
  )
}
