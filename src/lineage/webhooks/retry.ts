const FIRST_MS = 1_000
const LONGEST_MS = 3_600_000

/** How long to wait after so many attempts: twice as long each time, up to an hour, and half of it by chance. */
export function pauseAfter(attempts: number, chance: number): number {
  const whole = Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 30), LONGEST_MS)
  return Math.round(whole * (0.5 + 0.5 * chance))
}

/** What a Retry-After header asks for (RFC 9110, 10.2.3), in ms from now on, at most an hour; null where it says nothing. */
export function retryAfterOf(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null
  const seconds = /^\d{1,10}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime()
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, LONGEST_MS) : null
}
