import type { AssetName } from '../walk/graph-reader.js'
import { at, grown } from './growing.js'
import { UUID_BYTES, writeUuid } from './uuid-bytes.js'

/** A name as it is kept: in UTF-8, which sorts by code point, as names do everywhere. */
interface NameBytes {
  namespace: Uint8Array
  key: Uint8Array
}

const FIRST_CAPACITY = 1_024

/**
 * The assets of a graph in the process: their ids and names, each asset by a number that never changes. About 60
 * bytes an asset beside its key, all of them outside of JavaScript's heap.
 */
export class AssetTable {
  #count = 0
  #ids = new Uint8Array(UUID_BYTES * FIRST_CAPACITY)
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
    return this.addBytes(this.#scratch, encoder.encode(namespace), encoder.encode(key))
  }

  /** The same, of an id in 16 bytes and a name in UTF-8; all are copied. */
  addBytes(id: Uint8Array, namespace: Uint8Array, key: Uint8Array): number {
    const slot = this.#slotOf(id, 0)
    const known = at(this.#slots, slot) - 1
    if (known >= 0) return known
    const number = this.#count++
    this.#makeRoom(key.length)
    this.#ids.set(id, UUID_BYTES * number)
    this.#namespaceOf[number] = this.#namespaceNumberOf(namespace)
    const start = at(this.#keyStart, number)
    this.#keys.set(key, start)
    this.#keyStart[number + 1] = start + key.length
    this.#rank[number] = -1
    this.#slots[slot] = number + 1
    if (2 * this.#count > this.#slots.length) this.#rehash()
    return number
  }

  /** Where the 16 bytes of an asset's id are. */
  idBytes(number: number): Uint8Array {
    return this.#ids.subarray(UUID_BYTES * number, UUID_BYTES * (number + 1))
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
  firstByName(numbers: readonly number[], after: AssetName | null, count: number): number[] {
    const bound = after && { namespace: encoder.encode(after.namespace), key: encoder.encode(after.key) }
    const behind =
      bound === null
        ? [...numbers]
        : numbers.filter((number) => compareBytes(this.#nameOf(number), bound) > 0)
    behind.sort((one, other) => this.compareNames(one, other))
    return behind.length > count ? behind.slice(0, count) : behind
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
    const text = decoder.decode(namespace)
    const known = this.#namespaceNumbers.get(text)
    if (known !== undefined) return known
    const number = this.#namespaces.push(namespace.slice()) - 1
    this.#namespaceNumbers.set(text, number)
    return number
  }

  /** The slot that an id is in, or the free one where it would be. Ids are hashes: any four bytes spread well. */
  #slotOf(bytes: Uint8Array, offset: number): number {
    const mask = this.#slots.length - 1
    const hash =
      (at(bytes, offset) << 24) |
      (at(bytes, offset + 1) << 16) |
      (at(bytes, offset + 2) << 8) |
      at(bytes, offset + 3)
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = at(this.#slots, slot) - 1
      if (number < 0 || this.#hasId(number, bytes, offset)) return slot
    }
  }

  #hasId(number: number, bytes: Uint8Array, offset: number): boolean {
    const start = UUID_BYTES * number
    for (let place = 0; place < UUID_BYTES; place++)
      if (this.#ids[start + place] !== bytes[offset + place]) return false
    return true
  }

  #makeRoom(keyLength: number): void {
    this.#ids = grown(this.#ids, UUID_BYTES * this.#count)
    this.#namespaceOf = grown(this.#namespaceOf, this.#count)
    this.#keyStart = grown(this.#keyStart, this.#count + 1)
    this.#rank = grown(this.#rank, this.#count)
    this.#keys = grown(this.#keys, at(this.#keyStart, this.#count - 1) + keyLength)
  }

  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let number = 0; number < this.#count; number++)
      this.#slots[this.#slotOf(this.#ids, UUID_BYTES * number)] = number + 1
  }
}

const EMPTY = new Uint8Array(0)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function compareBytes(one: NameBytes, other: NameBytes): number {
  return (
    (one.namespace === other.namespace ? 0 : Buffer.compare(one.namespace, other.namespace)) ||
    Buffer.compare(one.key, other.key)
  )
}
