import { at, grown } from './growing.js'

/** Above this many members a bit for each node costs less than a hash table. */
const FEW = 512

/** A set of nodes that are numbered from 0 on. */
export class NodeSet {
  #few: Set<number> | null = new Set()
  #bits = new Int32Array(0)

  has(node: number): boolean {
    if (this.#few !== null) return this.#few.has(node)
    return ((at(this.#bits, node >>> 5) >>> (node & 31)) & 1) === 1
  }

  /** Adds a node; says whether it is new. */
  add(node: number): boolean {
    if (this.#few !== null) {
      const { size } = this.#few
      if (this.#few.add(node).size === size) return false
      if (size >= FEW) this.#useBits(this.#few)
      return true
    }
    return this.#setBit(node)
  }

  /**
   * Adds the first `count` of these nodes, and moves those that are new to the front; answers with how many they are.
   * A walk's time is spent here, so the loop has no branch that depends on the graph: many would be predicted wrong.
   */
  addAll(nodes: Int32Array, count: number): number {
    let fresh = 0
    let place = 0
    for (; place < count && this.#few !== null; place++) {
      const node = nodes[place] ?? 0
      if (this.add(node)) nodes[fresh++] = node
    }
    let bits = this.#bits
    for (; place < count; place++) {
      const node = nodes[place] ?? 0
      const at = node >>> 5
      if (at >= bits.length) bits = this.#bits = grown(bits, at + 1)
      const word = bits[at] ?? 0
      nodes[fresh] = node
      fresh += ~(word >>> (node & 31)) & 1
      bits[at] = word | (1 << (node & 31))
    }
    return fresh
  }

  #setBit(node: number): boolean {
    const place = node >>> 5
    if (place >= this.#bits.length) this.#bits = grown(this.#bits, place + 1)
    const word = at(this.#bits, place)
    const bit = 1 << (node & 31)
    this.#bits[place] = word | bit
    return (word & bit) === 0
  }

  #useBits(few: Set<number>): void {
    this.#few = null
    this.#bits = new Int32Array((Math.max(...few) >>> 5) + 1)
    for (const node of few) this.#setBit(node)
  }
}
