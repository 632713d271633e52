import type { AssetRef } from './asset-ref.js'
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

/**
 * Whether an asset fulfils a filter: what the store says in SQL of lists. What is asked of its name holds where it does
 * of one of its names: its own, or one of `otherNames`.
 */
export function fulfils(asset: Asset, filter: AssetFilter, otherNames: readonly AssetRef[] = []): boolean {
  const { namespace, keys, keyPrefix, kinds, search } = filter
  const names = [asset, ...otherNames]
  const has = (holds: (name: AssetRef) => boolean) => names.some(holds)
  return (
    (namespace === undefined || has((name) => name.namespace === namespace)) &&
    (keys === undefined || has(({ key }) => keys.includes(key))) &&
    (keyPrefix === undefined || has(({ key }) => key.startsWith(keyPrefix))) &&
    (kinds === undefined || kinds.includes(asset.kind)) &&
    (search === undefined || has(({ key }) => foldCase(key).includes(foldCase(search))))
  )
}

/** Whether a filter asks for names. */
export function asksForNames({ namespace, keys, keyPrefix, search }: AssetFilter): boolean {
  return [namespace, keys, keyPrefix, search].some((condition) => condition !== undefined)
}

/** ASCII letters alone: what PostgreSQL folds beyond them depends on its locale. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
