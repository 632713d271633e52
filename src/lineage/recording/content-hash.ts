import { createHash } from 'node:crypto'
import { canonicalJson } from '../../util/canonical-json.js'
import type { Recording } from './recording.js'

/** SHA-256 of all that a recording says: two deliveries under one idempotency key must agree in it. */
export function contentHashOf(recording: Recording): Buffer {
  return createHash('sha256').update(canonicalJson(recording)).digest()
}
