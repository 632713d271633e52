import { type AssetRef, DEFAULT_NAMESPACE } from '../asset-ref.js'
import { BOUNDS, checkName } from './bounds.js'

/** Checks what names an asset; the namespace defaults to `default`. `field` is empty where its parts are arguments. */
export function checkAssetRef(
  field: string,
  ref: { key: string; namespace?: string | null | undefined },
): AssetRef {
  const prefix = field === '' ? '' : `${field}.`
  return {
    namespace:
      checkOptional(`${prefix}namespace`, ref.namespace, BOUNDS.namespaceCharacters) ?? DEFAULT_NAMESPACE,
    key: checkName(`${prefix}key`, ref.key, BOUNDS.keyCharacters),
  }
}

/** A name that may be absent: null then. */
export function checkOptional(field: string, text: string | null | undefined, most: number): string | null {
  return text == null ? null : checkName(field, text, most)
}
