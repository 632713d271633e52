import { HeadwaterError } from './errors.js'

/** What a timer takes, in ms: some 24 days. With more it would ring at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Throws BAD_USER_INPUT, naming the option, unless its value is fit. */
export function checkOption(field: string, value: unknown, expected: string, isFit: boolean): void {
  if (isFit) return
  const message = `${field}: expected ${expected}, got ${String(value)}`
  throw new HeadwaterError('BAD_USER_INPUT', message, { field })
}
