import { checkOption, LONGEST_TIMER_MS } from '../check-option.js'
import type { HeadwaterError } from '../errors.js'

/** A connection that is lost, or could not be had, and is made anew. */
export interface SubscriptionCut {
  error: HeadwaterError
  /** How many times in a row: 1 or more. */
  failures: number
  /** How long is waited, in ms. */
  pauseMs: number
  /** From where on. Undefined where there has been none, or there are none. */
  watermark: string | undefined
}

/** How a subscription is kept up. */
export interface SubscribeOptions {
  /** Ends it, with its reason. */
  signal?: AbortSignal | undefined
  /** After so long without a sign of the server the connection is taken for dead, in ms; 30,000 by default. A server gives one every 12 s. */
  silenceMs?: number | undefined
  /** How long a connection is tried for before the subscription ends with an error, in ms; 300,000 by default, Infinity for ever. */
  giveUpAfterMs?: number | undefined
  /** Called before each pause. By default the first of an outage is logged. */
  onReconnect?: ((cut: SubscriptionCut) => void) | undefined
}

/** What bounds a subscription, each with its default. Throws BAD_USER_INPUT. */
export function subscriptionBounds({ silenceMs = 30_000, giveUpAfterMs = 300_000 }: SubscribeOptions) {
  const isFit = silenceMs >= 1 && silenceMs <= LONGEST_TIMER_MS
  checkOption('silenceMs', silenceMs, `1 to ${LONGEST_TIMER_MS} ms`, isFit)
  checkOption('giveUpAfterMs', giveUpAfterMs, '0 ms or more', giveUpAfterMs >= 0)
  return { silenceMs, giveUpAfterMs }
}
