import { createHash } from 'node:crypto'
import { canonicalJson } from '../../util/canonical-json.js'
import type { Recording } from './recording.js'

/**
 * SHA-256 of all that a recording says, in which two deliveries under one idempotency key must agree, and how many
 * characters that is.
 */
export function digestOf(recording: Recording): { hash: Buffer; length: number } {
  const content = canonicalJson(recording)
  return { hash: createHash('sha256').update(content).digest(), length: content.length }
}
