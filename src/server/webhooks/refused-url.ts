import { isIP } from 'node:net'
import { isAllowed, isPublic } from './addresses.js'

/**
 * Why nothing will ever be sent to a URL, whatever its name's addresses become: it is an address itself that is not public,
 * or `localhost`; null where there is no reason. Names are judged at each delivery.
 */
export function refusalOf(url: URL, allowed: readonly string[]): string | null {
  if (isAllowed(url, allowed)) return null
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0) return isPublic(host) ? null : `${host}, which is not of the public internet`
  return /(^|\.)localhost\.?$/.test(host) ? `${host}, which is this machine` : null
}
