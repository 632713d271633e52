/** A binary heap: of what is pushed, the first comes out first. */
export class Heap<T> {
  readonly #items: T[] = []

  /** `compare`: negative where `one` comes out before `other`. */
  constructor(private readonly compare: (one: T, other: T) => number) {}

  push(item: T): void {
    let place = this.#items.push(item) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = this.#items[parent]
      if (above === undefined || this.compare(above, item) <= 0) break
      this.#items[place] = above
      place = parent
    }
    this.#items[place] = item
  }

  pop(): T | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    if (last !== undefined && this.#items.length > 0) this.#sink(last)
    return first
  }

  /** Puts an item in the place of the first one, and moves it to where it belongs. */
  #sink(item: T): void {
    const items = this.#items
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      const [left, right] = [items[child], items[child + 1]]
      if (left === undefined) break
      let least = left
      if (right !== undefined && this.compare(right, left) < 0) {
        least = right
        child++
      }
      if (this.compare(item, least) <= 0) break
      items[place] = least
      place = child
    }
    items[place] = item
  }
}
