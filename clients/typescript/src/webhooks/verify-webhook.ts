import { HeadwaterError } from '../errors.js'
import type { WebhookMessage } from './webhook-message.js'

/** Headers as a receiver has them: of `fetch`, of Node.js, or any object; whatever the case of their names. */
export type WebhookHeaders =
  | { forEach(each: (value: string, name: string) => void): void }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** How what comes is verified. */
export interface VerifyOptions {
  /** How far the time of the attempt may be from now, in seconds; 300 by default. */
  toleranceSeconds?: number
  /** What time it is. */
  now?: Date
}

/** What came was not sent by who has the secret, or not now: answer it with 400 or 401. Its code is `WEBHOOK_NOT_VERIFIED`. */
export class WebhookVerificationError extends HeadwaterError {
  override readonly name = 'WebhookVerificationError'

  constructor(message: string) {
    super('WEBHOOK_NOT_VERIFIED', message, { retryable: false })
  }
}

const TOLERANCE_SECONDS = 300
const utf8 = new TextEncoder()
const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const

/**
 * What a webhook was told, once it is known that who has the secret has sent it, and just now, as Standard Webhooks 1.0
 * has it. `body`: the bytes that came, or their text, before anything has parsed them. `secret`: `whsec_…`; several
 * while one takes the place of another. Throws a WebhookVerificationError.
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  body: string | Uint8Array | ArrayBuffer,
  secret: string | readonly string[],
  { toleranceSeconds = TOLERANCE_SECONDS, now = new Date() }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const keys = (typeof secret === 'string' ? [secret] : secret).map(keyOf)
  const headerOf = headersOf(headers)
  const [id, sentAt, signatures] = [
    headerOf('webhook-id'),
    headerOf('webhook-timestamp'),
    headerOf('webhook-signature'),
  ]
  checkTime(sentAt, toleranceSeconds, now)
  const content = typeof body === 'string' ? utf8.encode(body) : new Uint8Array(body)
  const signed = joined(utf8.encode(`${id}.${sentAt}.`), content)
  if (!(await isSignedByOne(keys, signaturesIn(signatures), signed)))
    throw new WebhookVerificationError('webhook-signature: expected one by the secret, got others')
  return { ...messageIn(content), id }
}

function headersOf(headers: WebhookHeaders): (name: string) => string {
  const found = new Map<string, string>()
  const add = (value: unknown, name: string) => {
    if (value !== undefined)
      found.set(name.toLowerCase(), Array.isArray(value) ? value.join(' ') : String(value))
  }
  if (typeof headers.forEach === 'function') headers.forEach(add)
  else for (const [name, value] of Object.entries(headers)) add(value, name)
  return (name) => {
    const value = found.get(name)
    if (value !== undefined && value !== '') return value
    throw new WebhookVerificationError(`${name}: expected a header, got none`)
  }
}

function checkTime(text: string, tolerance: number, now: Date): void {
  if (!/^\d{1,12}$/.test(text))
    throw new WebhookVerificationError('webhook-timestamp: expected seconds since 1970, got another text')
  const age = now.getTime() / 1_000 - Number(text)
  if (age > tolerance) throw new WebhookVerificationError(`webhook-timestamp: more than ${tolerance} s ago`)
  if (age < -tolerance)
    throw new WebhookVerificationError(`webhook-timestamp: more than ${tolerance} s in the future`)
}

/** Those of version 1. */
function signaturesIn(header: string): Uint8Array<ArrayBuffer>[] {
  return header.split(' ').flatMap((one) => {
    const [version, text = ''] = one.split(',')
    const signature = version === 'v1' ? bytesOf(text) : null
    return signature === null ? [] : [signature]
  })
}

/** All are looked at, in time that does not hang on where they differ. */
async function isSignedByOne(
  keys: readonly Uint8Array<ArrayBuffer>[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  let isSigned = false
  for (const bytes of keys) {
    const key = await crypto.subtle.importKey('raw', bytes, HMAC, false, ['verify'])
    for (const signature of signatures)
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) isSigned = true
  }
  return isSigned
}

function messageIn(content: Uint8Array): WebhookMessage {
  try {
    const message: unknown = JSON.parse(new TextDecoder().decode(content))
    if (typeof message === 'object' && message !== null && !Array.isArray(message))
      return message as WebhookMessage
  } catch {
    // Said below.
  }
  throw new WebhookVerificationError('body: expected a JSON object, signed as it is, got something else')
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = bytesOf(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret)
  if (key !== null && key.length > 0) return key
  // Not repeated: it is a secret all the same.
  throw new HeadwaterError('BAD_USER_INPUT', 'secret: expected whsec_ and base64, got another text', {
    field: 'secret',
  })
}

/** Of base64; null where it is none. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}
