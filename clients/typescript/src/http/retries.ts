import { HeadwaterError } from '../errors.js'
import { pause } from './pause.js'

/** How often, and after what pauses, a request is sent again. */
export interface RetryPolicy {
  /** Attempts after the first; 0 for none. */
  retries: number
  /** Upper bound of the first pause, in ms; it doubles from one pause to the next. */
  firstPauseMs: number
  /** Upper bound of any pause, in ms. */
  longestPauseMs: number
}

/** A server that asks for more is not waited for: the caller knows better what to do for so long. */
const LONGEST_RETRY_AFTER_MS = 30_000

/**
 * Repeats an attempt while its error is transient: exponential backoff with full jitter, so that the clients of a
 * server that comes back do not come back in step; and no earlier than the server asks for.
 */
export async function withRetries<Result>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof HeadwaterError) || !error.isTransient || failures >= policy.retries) throw error
      const { retryAfterMs = 0 } = error
      if (retryAfterMs > LONGEST_RETRY_AFTER_MS) throw error
      await pause(Math.max(backoffMs(policy, failures), retryAfterMs), signal)
    }
  }
}

/** How long to wait after so many failures before the last one. */
export function backoffMs(
  { firstPauseMs, longestPauseMs }: Pick<RetryPolicy, 'firstPauseMs' | 'longestPauseMs'>,
  failures: number,
): number {
  return Math.random() * Math.min(firstPauseMs * 2 ** failures, longestPauseMs)
}
