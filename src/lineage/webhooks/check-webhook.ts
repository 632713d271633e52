import { badUserInput } from '../../errors/headwater-error.js'
import { quoted } from '../../util/quoted.js'
import type { AssetFilter } from '../asset-filter.js'
import { BOUNDS, checkCount, checkName, checkText } from '../recording/bounds.js'
import { keyOfSecret } from './signature.js'
import { WEBHOOK_EVENTS, type WebhookEvent } from './webhook.js'

/** The bounds of webhooks. */
export const WEBHOOK_BOUNDS = {
  webhooks: 500,
  /** That a caller has made who does not administer everything. */
  webhooksOfCaller: 20,
  /** Of the filter, as JSON. */
  assetsCharacters: 32_768,
  urlCharacters: 2_048,
  namespaces: 100,
  minutes: { least: 1, most: 10_080, byDefault: 30 },
} as const

/** Throws BAD_USER_INPUT for what nothing can be sent to. */
export function checkUrl(field: string, text: string): string {
  checkText(field, text, WEBHOOK_BOUNDS.urlCharacters)
  const url = URL.canParse(text) ? new URL(text) : null
  // What is in a URL is shown, and logged; that of a password is not even said back, however it is written.
  if (text.includes('@') && (url === null || url.username !== '' || url.password !== ''))
    throw badUserInput(field, 'a URL with a user or a password', 'one without')
  if (url === null || !['http:', 'https:'].includes(url.protocol) || /^\s|\s$|[\t\r\n]/.test(text))
    throw badUserInput(field, quoted(text), 'an http or https URL, without spaces or line breaks')
  if (url.port === '0') throw badUserInput(field, quoted(text), 'a port from 1 to 65535')
  // As it is kept: what is no ASCII takes more room.
  checkText(field, url.href, WEBHOOK_BOUNDS.urlCharacters)
  return url.href
}

/** Each once. Throws BAD_USER_INPUT. */
export function checkEvents(field: string, events: readonly WebhookEvent[]): WebhookEvent[] {
  checkCount(field, events.length, 1, 100)
  return WEBHOOK_EVENTS.filter((event) => events.includes(event))
}

/** Each once; null for all. Throws BAD_USER_INPUT. */
export function checkNamespaces(field: string, namespaces: readonly string[] | null): string[] | null {
  if (namespaces === null) return null
  checkCount(field, namespaces.length, 1, WEBHOOK_BOUNDS.namespaces)
  return [
    ...new Set(namespaces.map((name, at) => checkName(`${field}[${at}]`, name, BOUNDS.namespaceCharacters))),
  ]
}

/** Throws BAD_USER_INPUT. */
export function checkMinutes(field: string, minutes: number): number {
  const { least, most } = WEBHOOK_BOUNDS.minutes
  if (minutes < least || minutes > most) throw badUserInput(field, String(minutes), `${least} to ${most}`)
  return minutes
}

/** Each look at what is new goes by all of them. Throws BAD_USER_INPUT. */
export function checkFilterSize(field: string, assets: AssetFilter): AssetFilter {
  const { length } = JSON.stringify(assets)
  const most = WEBHOOK_BOUNDS.assetsCharacters
  if (length > most)
    throw badUserInput(
      field,
      `${length} characters`,
      `at most ${most} characters as JSON: filter by keyPrefix`,
    )
  return assets
}

/** Throws BAD_USER_INPUT, which does not say what came. */
export function checkSecret(field: string, secret: string): string {
  if (keyOfSecret(secret) === null)
    throw badUserInput(field, 'another text', 'whsec_ and the base64 of 24 to 64 bytes')
  return secret
}
