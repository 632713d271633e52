import type { IncomingMessage } from 'node:http'
import { isLoopback } from './access/exposure.js'
import type { Config } from './config.js'
import { errorBody } from './errors.js'
import { hostNameOf } from './host-names.js'
import { answerUnread, type Step } from './plain-http.js'

/** What a page of another site is answered. */
export const FROM_ELSEWHERE = 'expected a page of this server, or a program, got a page of another site'

/**
 * Whether a page of another site makes a browser send this: it names its origin then, and programs name none. For what no
 * content type protects: what sends events has any, and of websockets browsers ask nobody.
 */
export function isFromElsewhere({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const { protocol, host: of } = new URL(origin)
  // As a browser writes it: in small letters, without the port that its protocol has anyway.
  const named = `${protocol}//${host}`
  return !URL.canParse(named) || new URL(named).host !== of
}

/** What decides for whom a server answers. */
export type Naming = Pick<Config, 'host' | 'auth' | 'hosts'>

/**
 * Whether a request is for this server, by the name that it calls it by. A page whose name has come to mean this machine
 * (DNS rebinding) is of the same origin to a browser, and nobody is asked for a token: such a server answers to names
 * that nobody else can give out, and to those of HEADWATER_HOSTS.
 */
export function isForThisServer(
  { headers: { host: named } }: IncomingMessage,
  { host, auth, hosts }: Naming,
): boolean {
  if (hosts.length === 0 && (auth || !isLoopback(host))) return true
  // Browsers always name one.
  if (named === undefined) return true
  const name = hostNameOf(named)
  return name !== null && (isLoopback(name.replace(/^\[(.*)\]$/, '$1')) || hosts.includes(name))
}

/** What who is not for this server is told. */
export const MISDIRECTED =
  'expected localhost, 127.0.0.1 or [::1] as the host, or one that HEADWATER_HOSTS names, got another'

/** Answers with 421 what is for another host. */
export function refuseMisdirected(naming: Naming): Step {
  return (request, response, next) => {
    if (isForThisServer(request, naming)) next()
    else answerUnread(request, response, 421, errorBody('FORBIDDEN', MISDIRECTED))
  }
}
