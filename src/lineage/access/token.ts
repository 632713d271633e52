import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const FORM = /^hw_([0-9a-f]{12})_([0-9a-f]{64})([0-9a-f]{8})$/

/** A token as somebody shows it. */
export interface ShownToken {
  /** By which it is looked up: no secret. */
  prefix: string
  /** SHA-256 of its secret: what is kept of it. */
  hash: Buffer
}

/**
 * Makes a token: `hw_`, 12 digits to look it up by, `_`, 256 random bits, and 8 digits of a checksum, all in hex. A scanner
 * finds it by that, and a mistyped one is told without asking anybody.
 */
export function makeToken(): ShownToken & { text: string } {
  const prefix = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('hex')
  return { prefix, hash: sha256(secret), text: `hw_${prefix}_${secret}${checksumOf(prefix, secret)}` }
}

/** Null for what is no token. */
export function readToken(text: string): ShownToken | null {
  const [, prefix, secret, checksum] = FORM.exec(text) ?? []
  if (prefix === undefined || secret === undefined || checksum !== checksumOf(prefix, secret)) return null
  return { prefix, hash: sha256(secret) }
}

/** Whether a token is the one that this is kept of, in the same time whatever is wrong. */
export function isOf(kept: Uint8Array, { hash }: ShownToken): boolean {
  return kept.length === hash.length && timingSafeEqual(kept, hash)
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function checksumOf(prefix: string, secret: string): string {
  return sha256(`${prefix}_${secret}`).toString('hex').slice(0, 8)
}
