import { MOST_NODES } from './adjacency.js'
import { at } from './growing.js'

/** Names of assets, by their numbers. */
export interface PackedNames {
  /** How many namespaces there are, and the place of an asset's among them, in their order. */
  namespaceCount: number
  namespaceRankOf(number: number): number
  /** All keys one after another, in UTF-8; each ends where the next begins. */
  keys: Uint8Array
  keyStart: Uint32Array
}

/** A part of the list, from `start` up to, not including, `end`, whose keys are equal up to `depth`. */
interface Run {
  start: number
  end: number
  depth: number
}

/** Longer runs are parted by counting, in steps; others are sorted in one. */
const LONG = 20_000

/** How many names a step takes: about a millisecond's work. */
const STEP = 20_000

/** Up to this many are compared with each other: setting up anything would take longer. */
const SHORT = 8

/** A byte's values, and one for the end of a key, which comes before them. */
const VALUES = 257

/**
 * Sorts assets by name, in steps. Looks at keys from left to right, a few bytes of all of them at a time, and passes
 * over what they have in common: to compare a million names in pairs, which begin alike as a rule, takes seconds.
 */
export function* sortByName(names: PackedNames, numbers: Int32Array): Generator<void> {
  const sorter = new NameSorter(names, numbers)
  const runs = yield* sorter.byNamespace()
  let done = 0
  for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
    const length = run.end - run.start
    if (length > LONG) runs.push(...(yield* sorter.part(run)))
    else if (length > SHORT) sorter.sort(run, runs)
    else sorter.insert(run)
    done += length
    if (done < STEP) continue
    done = 0
    yield
  }
}

class NameSorter {
  readonly #spare: Int32Array
  readonly #sortKeys = new Float64Array(LONG)

  constructor(
    private readonly names: PackedNames,
    private readonly numbers: Int32Array,
  ) {
    this.#spare = new Int32Array(numbers.length)
  }

  byNamespace(): Generator<void, Run[]> {
    const { names, numbers } = this
    const whole = { start: 0, end: numbers.length, depth: 0 }
    return this.#countingSort(whole, 0, names.namespaceCount, (number) => names.namespaceRankOf(number))
  }

  /** Sorts a run by the first two bytes in which its keys differ; answers with what is left to sort. */
  *part(run: Run): Generator<void, Run[]> {
    const depth = this.#commonDepth(run)
    yield
    const parts = yield* this.#countingSort(run, depth + 2, VALUES * VALUES, (number) =>
      this.#bytesAt(number, depth, 2),
    )
    return parts.filter(({ start }) => this.#reaches(start, depth + 2))
  }

  /** The same of a short run, by three bytes; adds what is left to sort to `runs`. */
  sort(run: Run, runs: Run[]): void {
    const { numbers } = this
    const { start, end } = run
    const depth = this.#commonDepth(run)
    // The bytes and the number fit one exact number.
    const keys = this.#sortKeys.subarray(0, end - start)
    for (let place = start; place < end; place++) {
      const number = at(numbers, place)
      keys[place - start] = this.#bytesAt(number, depth, 3) * MOST_NODES + number
    }
    keys.sort()
    let first = start
    let last = -1
    for (let place = start; place < end; place++) {
      const key = keys[place - start] ?? 0
      const bytes = Math.floor(key / MOST_NODES)
      numbers[place] = key - bytes * MOST_NODES
      if (bytes === last) continue
      if (place - first > 1) runs.push({ start: first, end: place, depth: depth + 3 })
      first = place
      last = bytes
    }
    if (end - first > 1) runs.push({ start: first, end, depth: depth + 3 })
  }

  /** Sorts very few. */
  insert({ start, end, depth }: Run): void {
    const { numbers } = this
    for (let place = start + 1; place < end; place++) {
      const number = at(numbers, place)
      let target = place
      for (; target > start && this.#isBefore(number, at(numbers, target - 1), depth); target--)
        numbers[target] = at(numbers, target - 1)
      numbers[target] = number
    }
  }

  *#countingSort(
    { start, end }: Run,
    depth: number,
    bound: number,
    valueAt: (number: number) => number,
  ): Generator<void, Run[]> {
    const { numbers } = this
    const spare = this.#spare
    const values = new Int32Array(end - start)
    const ends = new Int32Array(bound + 1)
    for (let place = start; place < end; place++) {
      const value = valueAt(numbers[place] ?? 0)
      values[place - start] = value
      ends[value + 1] = (ends[value + 1] ?? 0) + 1
      if (place % STEP === 0) yield
    }
    for (let value = 0; value < bound; value++) ends[value + 1] = (ends[value + 1] ?? 0) + (ends[value] ?? 0)
    for (let place = start; place < end; place++) {
      const value = values[place - start] ?? 0
      const target = ends[value] ?? 0
      spare[start + target] = numbers[place] ?? 0
      ends[value] = target + 1
      if (place % STEP === 0) yield
    }
    numbers.set(spare.subarray(start, end), start)
    const runs: Run[] = []
    // Each has moved its start to its end.
    for (let value = 0, first = start; value < bound; value++) {
      const last = start + (ends[value] ?? 0)
      if (last - first > 1) runs.push({ start: first, end: last, depth })
      first = last
    }
    return runs
  }

  /** Up to where all keys of a run are equal. */
  #commonDepth({ start, end, depth }: Run): number {
    const { keys, keyStart } = this.names
    const model = at(this.numbers, start)
    const modelStart = keyStart[model] ?? 0
    let common = (keyStart[model + 1] ?? 0) - modelStart
    for (let place = start + 1; place < end && common > depth; place++) {
      const number = this.numbers[place] ?? 0
      const first = keyStart[number] ?? 0
      const most = Math.min(common, (keyStart[number + 1] ?? 0) - first)
      common = depth
      while (common < most && keys[first + common] === keys[modelStart + common]) common++
    }
    return common
  }

  /** Some bytes of a key as one number. */
  #bytesAt(number: number, depth: number, count: number): number {
    const { keys, keyStart } = this.names
    const first = (keyStart[number] ?? 0) + depth
    const end = keyStart[number + 1] ?? 0
    let bytes = 0
    for (let place = first; place < first + count; place++)
      bytes = bytes * VALUES + (place < end ? (keys[place] ?? 0) + 1 : 0)
    return bytes
  }

  /** Whether the key at a place of the list is so long. */
  #reaches(place: number, length: number): boolean {
    const number = at(this.numbers, place)
    return at(this.names.keyStart, number) + length <= at(this.names.keyStart, number + 1)
  }

  #isBefore(one: number, other: number, depth: number): boolean {
    const { keys, keyStart } = this.names
    const [start, end] = [at(keyStart, one) + depth, at(keyStart, one + 1)]
    const [otherStart, otherEnd] = [at(keyStart, other) + depth, at(keyStart, other + 1)]
    for (let place = start, otherPlace = otherStart; otherPlace < otherEnd; place++, otherPlace++) {
      if (place >= end) return true
      if (keys[place] !== keys[otherPlace]) return at(keys, place) < at(keys, otherPlace)
    }
    return false
  }
}
