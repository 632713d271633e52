import type { IncomingMessage } from 'node:http'

/** What a page of another site is answered. */
export const FROM_ELSEWHERE = 'expected a page of this server, or a program, got a page of another site'

/**
 * Whether a page of another site makes a browser send this: it names its origin then, and programs name none. For what no
 * content type protects: what sends events has any, and of websockets browsers ask nobody.
 */
export function isFromElsewhere({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
