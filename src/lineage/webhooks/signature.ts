import { createHmac, randomBytes } from 'node:crypto'

/** What secrets begin with, by Standard Webhooks. */
const SECRET_PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** A secret that nobody can guess. */
export function newSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/** The bytes of a secret; null where it is none of 24 to 64 bytes, as Standard Webhooks says. */
export function keyOfSecret(secret: string): Buffer | null {
  if (!secret.startsWith(SECRET_PREFIX)) return null
  const text = secret.slice(SECRET_PREFIX.length)
  const key = Buffer.from(text, 'base64')
  return key.toString('base64') === text && key.length >= 24 && key.length <= 64 ? key : null
}

/**
 * The headers of what is sent, by Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, version 1):
 * the HMAC-SHA256 of its id, its time in seconds, and its body.
 */
export function signedHeaders(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const key = keyOfSecret(secret)
  if (key === null) throw new Error('no secret to sign by')
  const timestamp = String(Math.floor(at.getTime() / 1_000))
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${digest}` }
}
