import { nextTurn } from '../../util/next-turn.js'
import type { TimeLimit } from './time-limit.js'

/** Runs long work step by step; everything else goes on between two steps. Throws TimeIsOver. */
export async function inSteps<T>(steps: Generator<void, T>, time: TimeLimit): Promise<T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    time.check()
    await nextTurn()
  }
}
