import { nextTurn } from '../../util/next-turn.js'
import type { TimeLimit } from './time-limit.js'

/** After so many steps, a millisecond or two, everything else that waits has its turn. */
const STEPS = 20_000

/** Keeps long work in the process apart into pieces, and within its time. */
export class Pace {
  #steps = 0

  constructor(private readonly time: TimeLimit) {}

  /** Throws TimeIsOver. */
  check(): void {
    this.time.check()
  }

  /** Steps of work have been done. */
  count(steps: number): void {
    this.#steps += steps
  }

  /** Whether it is time to `pause`. */
  get isDue(): boolean {
    return this.#steps >= STEPS
  }

  /** Throws TimeIsOver. */
  async pause(): Promise<void> {
    this.#steps = 0
    await nextTurn()
    this.time.check()
  }
}
