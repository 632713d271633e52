import { checkOption, LONGEST_TIMER_MS } from '../check-option.js'
import type { HeadwaterError } from '../errors.js'
import type { Logger } from '../log.js'
import type { RecordMaterializationsInput } from '../operations.generated.js'

/** Recordings that nobody has, and why. */
export interface RecordingLoss {
  /**
   * `refused`: the server does not take what it says. `full`: there was no room, and `whenFull` is `drop`.
   * `unsent`: the recorder was closed before the server could be reached; some of these may have been recorded.
   */
  reason: 'refused' | 'full' | 'unsent'
  inputs: RecordMaterializationsInput[]
  error?: HeadwaterError | undefined
  /** How many have been lost for this reason so far, these included. */
  count: number
}

/** How much is kept, and what is done where that is not enough. */
export interface BackgroundRecorderOptions {
  /** The most recordings that wait or are under way: 1 or more; 10,000 by default. */
  capacity?: number
  /** Where the queue is full, `record()` waits for room (the default), or drops the recording and reports it. */
  whenFull?: 'wait' | 'drop'
  /** How long `close()` goes on trying, in ms; 10,000 by default. */
  closeTimeoutMs?: number
  /** The longest pause between attempts while the server is away, in ms; 30,000 by default. */
  longestPauseMs?: number
  /** Called at each loss. By default the 1st, 2nd, 4th, 8th, … loss for a reason is logged. */
  onLoss?: (loss: RecordingLoss) => void
  /** Of that, and of what holds the queue up: the console by default. */
  logger?: Logger
}

/** What bounds a queue, each with its default. */
export type QueueBounds = Required<Omit<BackgroundRecorderOptions, 'onLoss' | 'logger'>>

/** Throws BAD_USER_INPUT, naming the option, for bounds with which nothing could be recorded, or nothing would end. */
export function queueBounds({
  capacity = 10_000,
  whenFull = 'wait',
  closeTimeoutMs = 10_000,
  longestPauseMs = 30_000,
}: BackgroundRecorderOptions): QueueBounds {
  checkOption('capacity', capacity, 'a whole number from 1 on', Number.isInteger(capacity) && capacity >= 1)
  checkOption('whenFull', whenFull, '"wait" or "drop"', ['wait', 'drop'].includes(whenFull))
  for (const [name, ms] of Object.entries({ closeTimeoutMs, longestPauseMs })) {
    checkOption(name, ms, `0 to ${LONGEST_TIMER_MS} ms`, ms >= 0 && ms <= LONGEST_TIMER_MS)
  }
  return { capacity, whenFull, closeTimeoutMs, longestPauseMs }
}
