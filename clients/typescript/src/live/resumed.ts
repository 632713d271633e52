import { LONGEST_TIMER_MS } from '../check-option.js'
import { HeadwaterError, SubscriptionEndedError } from '../errors.js'
import { pause } from '../http/pause.js'
import { backoffMs, type RetryPolicy } from '../http/retries.js'
import { consoleLogger, tellSafely } from '../log.js'
import type { SubscribeOptions, SubscriptionCut } from './subscribe-options.js'

/** What is subscribed to. */
export interface Source<Item> {
  /** What comes over one connection, from a watermark on; null for a sign of life. */
  open(after: string | undefined, signal: AbortSignal): AsyncGenerator<{ item: Item } | null, void, undefined>
  /** Of an answer. Without it there is nothing to go on from: each connection begins anew. */
  watermarkOf?: ((item: Item) => string) | undefined
  /** Where to begin when nobody says: so that a cut before the first event loses nothing. */
  begin?: ((signal: AbortSignal) => Promise<string>) | undefined
  after?: string | undefined
}

/** How to go on after a cut. */
export interface ResumeOptions
  extends Pick<RetryPolicy, 'firstPauseMs' | 'longestPauseMs'>,
    Pick<SubscribeOptions, 'signal' | 'onReconnect'> {
  giveUpAfterMs: number
}

/** Why a subscription ends that its reader wants no more of. */
const RETURNED = Symbol('returned')

/** A subscription over as many connections as it takes. Its `return()` ends it also while something is waited for. */
export function resumed<Item>(
  source: Source<Item>,
  options: ResumeOptions,
): AsyncGenerator<Item, void, undefined> {
  const ending = new AbortController()
  const answers = answersOf(source, options, ending)
  const end = answers.return.bind(answers)
  answers.return = (value) => {
    ending.abort(RETURNED)
    return end(value)
  }
  return answers
}

async function* answersOf<Item>(
  source: Source<Item>,
  options: ResumeOptions,
  ending: AbortController,
): AsyncGenerator<Item, void, undefined> {
  const { signal } = options
  const { signal: ended } = ending
  const onAbort = () => ending.abort(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)
  const outage = new Outage(options)
  let watermark = source.after
  try {
    for (;;) {
      try {
        watermark ??= await source.begin?.(ended)
        let isOpening = true
        for await (const answer of source.open(watermark, ended)) {
          // The first sign of life comes with the connection: of one that breaks each time as well.
          if (answer !== null || !isOpening) outage.end()
          isOpening = false
          if (answer === null) continue
          watermark = source.watermarkOf?.(answer.item) ?? watermark
          yield answer.item
        }
        return
      } catch (error) {
        if (ended.aborted) throw ended.reason
        if (!(error instanceof HeadwaterError)) throw error
        await pause(outage.pauseAfter(error, watermark), ended)
      }
    }
  } catch (error) {
    if (error !== RETURNED) throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** What has gone wrong since something last came. */
class Outage {
  #failures = 0
  #since = 0

  constructor(private readonly options: ResumeOptions) {}

  end(): void {
    this.#failures = 0
  }

  /** How long to wait before the next connection, in ms. Throws where there is no use in it, or it has been too long. */
  pauseAfter(error: HeadwaterError, watermark: string | undefined): number {
    const now = performance.now()
    if (this.#failures === 0) this.#since = now
    const backoff = backoffMs(this.options, this.#failures)
    this.#failures++
    const pauseMs = Math.min(Math.max(backoff, error.retryAfterMs ?? 0), LONGEST_TIMER_MS)
    const isTooLong = now + pauseMs - this.#since > this.options.giveUpAfterMs
    if (!error.isTransient || isTooLong) throw new SubscriptionEndedError(error, watermark)
    const cut = { error, failures: this.#failures, pauseMs, watermark }
    const { onReconnect = logFirst } = this.options
    tellSafely('onReconnect', () => onReconnect(cut))
    return pauseMs
  }
}

function logFirst({ failures, error }: SubscriptionCut): void {
  if (failures === 1) consoleLogger.warn(`a subscription has been cut, and is made anew: ${error.message}`)
}
