import type { AssetRef } from './asset-ref.js'

const SCHEME = /^([a-z][a-z0-9+.-]{0,63}):\/\//i

/**
 * The kind of an asset of which nobody has stated one, by the naming conventions of the field:
 * see docs/concepts.md#kinds. The first rule that holds decides.
 */
export function inferKind({ namespace, key }: AssetRef): string {
  const scheme = SCHEME.exec(namespace)?.[1]
  if (scheme !== undefined) return scheme.toLowerCase()
  if (key.endsWith('text')) return 'text'
  if (key.includes('bbox') || key.includes('/boxes')) return 'bbox'
  if (key.startsWith('classify/')) return 'classification'
  if (key.startsWith('index/') || key.includes('embedding')) return 'vector'
  if (key.includes('table')) return 'table'
  return 'json'
}
