import type { Asset } from './entities.js'

/** Every condition that is there must hold; a list holds where one of its members does. */
export interface AssetFilter {
  namespace?: string
  keys?: readonly string[]
  keyPrefix?: string
  kinds?: readonly string[]
  /** A part of the key, whatever the case of ASCII letters. */
  search?: string
}

/** Whether an asset fulfils a filter: what the store says in SQL of lists. */
export function fulfils(asset: Asset, filter: AssetFilter): boolean {
  const { namespace, keys, keyPrefix, kinds, search } = filter
  return (
    (namespace === undefined || asset.namespace === namespace) &&
    (keys === undefined || keys.includes(asset.key)) &&
    (keyPrefix === undefined || asset.key.startsWith(keyPrefix)) &&
    (kinds === undefined || kinds.includes(asset.kind)) &&
    (search === undefined || foldCase(asset.key).includes(foldCase(search)))
  )
}

/** ASCII letters alone: what PostgreSQL folds beyond them depends on its locale. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
