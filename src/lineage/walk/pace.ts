import { nextTurn } from '../../util/next-turn.js'

/** So long, in ms, others may be kept waiting. */
const STRETCH_MS = 8

/** So many small steps take a millisecond or two. */
const STEPS = 20_000

/** Keeps long work in the process apart into pieces, between which everything else goes on, and within its limit. */
export class Pace {
  #since = performance.now()
  #steps = 0

  /** `limit` throws what ends the work: TimeIsOver of a TimeLimit. */
  constructor(private readonly limit: { check(): void }) {}

  /** Throws what the limit does, as all that follow. */
  check(): void {
    this.limit.check()
  }

  /** To be awaited between pieces of work: pauses where it has gone on for long. */
  async step(): Promise<void> {
    this.limit.check()
    if (performance.now() - this.#since >= STRETCH_MS) await this.pause()
  }

  /** In loops too hot for a clock: so many small steps have been done. */
  count(steps: number): void {
    this.#steps += steps
  }

  /** Whether enough steps have been counted to `pause`. */
  get isDue(): boolean {
    return this.#steps >= STEPS
  }

  /** Lets everything else go on. */
  async pause(): Promise<void> {
    this.#steps = 0
    await nextTurn()
    this.#since = performance.now()
    this.limit.check()
  }
}
