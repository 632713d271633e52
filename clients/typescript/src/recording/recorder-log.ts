import { type Logger, tellSafely } from '../log.js'
import type { RecordingLoss } from './recorder-options.js'

/** A server may stay away for days. */
const REMIND_EVERY_MS = 60_000

/** Says why a queue does not move: when that begins, and once a minute for as long as it lasts. */
export class OutageLog {
  #toldAt: number | undefined

  constructor(private readonly logger: Logger) {}

  /** `pending`: how many recordings wait. */
  failed(pending: number, error: unknown): void {
    const now = performance.now()
    if (this.#toldAt !== undefined && now - this.#toldAt < REMIND_EVERY_MS) return
    this.#toldAt = now
    const reason = error instanceof Error ? error.message : 'sending failed'
    tellSafely('the logger', () =>
      this.logger.warn(`${pending} of what jobs made not sent yet, and tried again: ${reason}`),
    )
  }

  recovered(): void {
    this.#toldAt = undefined
  }
}

/** Logs the 1st, 2nd, 4th, … loss for a reason: a server that refuses everything shall not fill the log. Answers as the logger does. */
export function logLoss({ reason, inputs, error, count }: RecordingLoss, logger: Logger): unknown {
  const isWorthALine = reason === 'unsent' || Number.isInteger(Math.log2(count))
  if (!isWorthALine) return undefined
  const why = {
    refused: `refused by the server (${error?.message})`,
    full: 'dropped since the queue is full',
    unsent: `not sent (${error?.message ?? 'the process ended before close()'})`,
  }[reason]
  return logger.warn(
    `${inputs.length} of what jobs made ${why}; ${count} so far. Job ${JSON.stringify(inputs[0]?.jobId)} is one.`,
  )
}
