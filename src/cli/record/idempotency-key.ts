import { createHash } from 'node:crypto'
import { canonicalJson } from '../../util/canonical-json.js'

/**
 * The key of a recording that names none: the same content at the same place among the recordings of a file has
 * the same key, whatever the file is called and however it is laid out.
 */
export function derivedKey(position: number, content: unknown): string {
  return `file:${position}:${createHash('sha256').update(canonicalJson(content)).digest('hex')}`
}
