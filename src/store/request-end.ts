import { HeadwaterError } from '../errors/headwater-error.js'

/** The end of the time that a request may take. What works for it asks, or has itself told. */
export class RequestEnd {
  readonly #listeners = new Set<() => void>()
  #isOver = false

  get isOver(): boolean {
    return this.#isOver
  }

  /** The time is over. */
  come(): void {
    this.#isOver = true
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }

  /** Calls `listener` when the time is over, unless what this answers with is called before. */
  whenOver(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Throws SERVICE_UNAVAILABLE. */
  check(): void {
    if (this.#isOver) throw new HeadwaterError('SERVICE_UNAVAILABLE', 'the time of this request is over')
  }
}
