/** A source of chance that says the same again for the same seed. */
export class Random {
  #state

  /** @param {number} seed a whole number of 32 bits */
  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** From 0 to below 1. Mulberry32: T. Ettinger, 2017. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to below `bound`. */
  below(bound) {
    return Math.floor(this.next() * bound)
  }

  /** The whole numbers below `count`, in chance's order (Fisher and Yates). */
  permutation(count) {
    const numbers = Int32Array.from({ length: count }, (_, at) => at)
    for (let at = count - 1; at > 0; at--) {
      const other = this.below(at + 1)
      const number = numbers[at]
      numbers[at] = numbers[other]
      numbers[other] = number
    }
    return numbers
  }
}
