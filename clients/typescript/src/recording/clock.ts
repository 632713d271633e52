/**
 * Tells when recordings were made, by this machine's clock, so that those of one program keep their order: the server
 * keeps milliseconds, and of two materializations of an asset at one instant either may count as the latest. What an
 * earlier recording of this instant made or used is not made again in it: in a burst the clock runs ahead, by a second
 * at most; only beyond that do times repeat.
 */
export class RecordingClock {
  #last = Number.NEGATIVE_INFINITY
  /** What has been made or used at that instant. */
  readonly #keys = new Set<string>()

  /** The time of a recording that made `made` and used `used`, in milliseconds. `now`: by the machine's clock. */
  timeOf(made: readonly string[], used: readonly string[], now = Date.now()): number {
    // A clock that has been set back by much counts from where it is now.
    const latest = now + LONGEST_LEAD_MS
    const isTaken = this.#last >= now && made.some((key) => this.#keys.has(key))
    const time = Math.min(Math.max(now, isTaken ? this.#last + 1 : this.#last), latest)
    if (time !== this.#last) this.#keys.clear()
    this.#last = time
    for (const key of [...made, ...used]) this.#keys.add(key)
    return time
  }
}

const LONGEST_LEAD_MS = 1_000

/** One for the program: what is recorded in one way has to be in order with what is recorded in another. */
export const CLOCK = new RecordingClock()
