import { createHash } from 'node:crypto'
import type { ImportIdentity } from './journal.js'

/** In characters: enough that no two imports of one folder meet. */
const HASH_CHARACTERS = 12

/** The file in the current folder that keeps the place of an import, where none is named: one for each import. */
export function defaultStatePath(identity: ImportIdentity): string {
  const { source, schema, server, namespace } = identity
  const hash = createHash('sha256')
    .update(JSON.stringify([source, schema, server, namespace]))
    .digest('hex')
  return `headwater-import-${hash.slice(0, HASH_CHARACTERS)}.json`
}
