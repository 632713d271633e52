const FREE = -1

/**
 * The place of each node in a list, where none comes twice: by open addressing in one typed array, since a Map takes
 * several times as long and a walk asks for two places an edge.
 */
export class NodePlaces {
  /** A node and its place, slot after slot. */
  readonly #slots: Int32Array
  readonly #shift: number

  constructor(nodes: ArrayLike<number>) {
    const bits = 32 - Math.clz32(2 * nodes.length + 1)
    this.#shift = 32 - bits
    this.#slots = new Int32Array(2 ** (bits + 1)).fill(FREE)
    for (let place = 0; place < nodes.length; place++) {
      const node = nodes[place] ?? 0
      const slot = this.#slotOf(node)
      this.#slots[slot] = node
      this.#slots[slot + 1] = place
    }
  }

  /** The place of a node; -1 where the list lacks it. */
  of(node: number): number {
    return this.#slots[this.#slotOf(node) + 1] ?? FREE
  }

  /** Where a node is, or would be. Multiplying spreads nodes that are near each other (Knuth's 2^32 / φ). */
  #slotOf(node: number): number {
    const slots = this.#slots
    let slot = 2 * (Math.imul(node, 0x9e3779b1) >>> this.#shift)
    while (slots[slot] !== node && slots[slot] !== FREE) slot = (slot + 2) & (slots.length - 1)
    return slot
  }
}
