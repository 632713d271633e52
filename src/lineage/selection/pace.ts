import { nextTurn } from '../../util/next-turn.js'
import type { TimeLimit } from '../walk/time-limit.js'

/** So long, in ms, others may be kept waiting. */
const STRETCH_MS = 8

/** How long work goes on between two turns of everything else that waits. */
export class Pace {
  #since = performance.now()

  constructor(private readonly time: TimeLimit) {}

  /** To be awaited between pieces of long work. Throws TimeIsOver. */
  async step(): Promise<void> {
    this.time.check()
    if (performance.now() - this.#since < STRETCH_MS) return
    await nextTurn()
    this.#since = performance.now()
  }
}
