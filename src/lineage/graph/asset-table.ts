import type { AssetName, Nodes } from '../walk/graph-reader.js'
import { MOST_NODES } from './adjacency.js'
import { at, grown } from './growing.js'
import { IdTable } from './id-table.js'
import { type PackedNames, sortByName } from './name-order.js'
import { readUuid, UUID_BYTES, writeUuid } from './uuid-bytes.js'
import { wordAt } from './word-at.js'

/** A name as it is kept: in UTF-8, which sorts by code point, as names do everywhere. */
interface NameBytes {
  namespace: Uint8Array
  key: Uint8Array
}

/** Assets one after another: ids of 16 bytes, names in UTF-8, their lengths in bytes as integers of 32 bits, big-endian. */
export interface PackedAssets {
  ids: Uint8Array
  namespaceLengths: Uint8Array
  namespaces: Uint8Array
  keyLengths: Uint8Array
  keys: Uint8Array
}

const FIRST_CAPACITY = 1_024

/** How many assets a step of loading takes: about a millisecond's work. */
const STEP = 10_000

/**
 * The assets of a graph in the process: their ids and names, each asset by a number that never changes. About 60
 * bytes an asset beside its key, all of them outside of JavaScript's heap.
 */
export class AssetTable {
  #count = 0
  readonly #ids = new IdTable()
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
    return [this.#namespaceOf, this.#keys, this.#keyStart, this.#rank].reduce(
      (sum, { byteLength }) => sum + byteLength,
      this.#ids.bytes,
    )
  }

  /** The number of an asset; -1 where it is not here. */
  numberOf(id: string): number {
    writeUuid(id, this.#scratch, 0)
    return this.#ids.find(this.#scratch, 0)
  }

  /** The numbers of assets whose ids come one after another, 16 bytes each; -1 for each that is not here. */
  numbersOf(ids: Uint8Array): Int32Array {
    return this.#ids.findAll(ids)
  }

  /** The number of an asset, which is added where it is not here. */
  add(id: string, { namespace, key }: AssetName): number {
    writeUuid(id, this.#scratch, 0)
    const known = this.#ids.find(this.#scratch, 0)
    if (known >= 0) return known
    const keyBytes = encoder.encode(key)
    const number = this.#count
    this.#makeRoom(number + 1, keyBytes.length)
    this.#append(this.#scratch, 0, encoder.encode(namespace), keyBytes.length)
    this.#keys.set(keyBytes, at(this.#keyStart, number))
    this.#ids.index(number)
    return number
  }

  /** Adds assets while nothing is asked yet; they are found after `loaded`. There must be none twice. */
  load({ ids, namespaces, namespaceLengths, keys, keyLengths }: PackedAssets): void {
    const count = ids.length / UUID_BYTES
    const end = at(this.#keyStart, this.#count)
    this.#makeRoom(this.#count + count, keys.length)
    this.#keys.set(keys, end)
    let namespaceEnd = 0
    for (let place = 0; place < count; place++) {
      const start = namespaceEnd
      namespaceEnd += wordAt(namespaceLengths, 4 * place)
      this.#append(
        ids,
        UUID_BYTES * place,
        namespaces.subarray(start, namespaceEnd),
        wordAt(keyLengths, 4 * place),
      )
    }
  }

  /**
   * All have been loaded: numbers them in the order of their names, in steps. So ranks are known, and assets that are
   * named alike, which as a rule are near each other in the graph, are so in memory: walks take half the time.
   */
  *loaded(): Generator<void> {
    const order = numbersFrom(0, this.#count)
    yield* sortByName(this.#packedNames(), order)
    yield* this.#packKeys(order)
    yield* this.#ids.renumber(order)
    this.#rank = numbersFrom(0, this.#count)
    this.#ranked = this.#count
  }

  /** Puts names into an order of numbers, in steps. */
  *#packKeys(order: Int32Array): Generator<void> {
    const keys = new Uint8Array(at(this.#keyStart, this.#count))
    const keyStart = new Uint32Array(this.#count + 1)
    for (let start = 0; start < order.length; start += STEP) {
      copyKeys(order.subarray(start, start + STEP), this.#keys, this.#keyStart, keys, keyStart, start)
      yield
    }
    this.#keys = keys
    this.#keyStart = keyStart
    const namespaceOf = this.#namespaceOf
    this.#namespaceOf = new Uint32Array(order).map((number) => namespaceOf[number] ?? 0)
  }

  #append(bytes: Uint8Array, offset: number, namespace: Uint8Array, keyLength: number): void {
    const number = this.#count++
    this.#ids.set(number, bytes, offset)
    this.#namespaceOf[number] = this.#namespaceNumberOf(namespace)
    this.#keyStart[number + 1] = at(this.#keyStart, number) + keyLength
    this.#rank[number] = -1
  }

  /** Writes the 16 bytes of an asset's id into `bytes` from `offset` on. */
  writeId(number: number, bytes: Uint8Array, offset: number): void {
    this.#ids.write(number, bytes, offset)
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
        ? numbers
        : Array.from(numbers).filter((number) => compareBytes(this.#nameOf(number), bound) > 0)
    const sorted = this.#byName(behind)
    return sorted.length > count ? sorted.slice(0, count) : sorted
  }

  /** Those of these assets that are in one of some namespaces. */
  ofNamespaces(numbers: Nodes, namespaces: readonly string[]): number[] {
    const isWanted = new Uint8Array(this.#namespaces.length)
    for (const namespace of namespaces) {
      const number = this.#namespaceNumbers.get(namespace)
      if (number !== undefined) isWanted[number] = 1
    }
    return Array.from(numbers).filter((number) => isWanted[this.#namespaceOf[number] ?? 0] === 1)
  }

  #byName(numbers: Nodes): number[] {
    // Rank and number fit one exact number, and numbers are sorted without asking us.
    const keys = new Float64Array(numbers.length)
    for (let place = 0; place < numbers.length; place++) {
      const number = numbers[place] ?? 0
      const rank = this.#rank[number] ?? 0
      if (rank < 0) return Array.from(numbers).sort((one, other) => this.compareNames(one, other))
      keys[place] = rank * MOST_NODES + number
    }
    keys.sort()
    const sorted: number[] = new Array(keys.length)
    for (let place = 0; place < keys.length; place++) sorted[place] = (keys[place] ?? 0) % MOST_NODES
    return sorted
  }

  /**
   * Ranks all names, so that comparing two is comparing numbers. Comes in steps of about a millisecond, between which
   * assets may be added: these stay unranked.
   */
  *rankNames(): Generator<void> {
    const count = this.#count
    const fresh = numbersFrom(this.#ranked, count)
    yield* sortByName(this.#packedNames(), fresh)
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

  #packedNames(): PackedNames {
    const order = [...this.#namespaces.keys()].sort((one, other) =>
      Buffer.compare(this.#namespaces[one] ?? EMPTY, this.#namespaces[other] ?? EMPTY),
    )
    const rankOf = new Int32Array(order.length)
    order.forEach((namespace, rank) => {
      rankOf[namespace] = rank
    })
    const namespaceOf = this.#namespaceOf
    return {
      namespaceCount: order.length,
      namespaceRankOf: (number) => rankOf[namespaceOf[number] ?? 0] ?? 0,
      keys: this.#keys,
      keyStart: this.#keyStart,
    }
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

  #makeRoom(count: number, keyBytes: number): void {
    this.#ids.makeRoom(count)
    this.#namespaceOf = grown(this.#namespaceOf, count)
    this.#keyStart = grown(this.#keyStart, count + 1)
    this.#rank = grown(this.#rank, count)
    this.#keys = grown(this.#keys, at(this.#keyStart, this.#count) + keyBytes)
  }
}

/** Packs the keys of these assets into `packed`; the first of them gets the number `first`. */
function copyKeys(
  assets: Int32Array,
  keys: Uint8Array,
  keyStart: Uint32Array,
  packed: Uint8Array,
  packedStart: Uint32Array,
  first: number,
): void {
  let target = packedStart[first] ?? 0
  for (let place = 0; place < assets.length; place++) {
    const asset = assets[place] ?? 0
    const end = keyStart[asset + 1] ?? 0
    for (let byte = keyStart[asset] ?? 0; byte < end; byte++) packed[target++] = keys[byte] ?? 0
    packedStart[first + place + 1] = target
  }
}

function numbersFrom(first: number, end: number): Int32Array<ArrayBuffer> {
  const numbers = new Int32Array(end - first)
  for (let place = 0; place < numbers.length; place++) numbers[place] = first + place
  return numbers
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
