import { parse } from 'uuid'
import { firstCodePoints } from '../util/code-points.js'
import { nameUuid } from '../util/name-uuid.js'

/** What names an asset. */
export interface AssetRef {
  namespace: string
  key: string
}

/** The namespace of everything that names none. */
export const DEFAULT_NAMESPACE = 'default'

/** Never changes: every asset id ever made hangs on it. */
const ASSET_ID_NAMESPACE = parse('f3c1f7a2-5b0e-5d1c-9a57-6f2f0d3c8e41')

/** U+0001 is allowed in neither part and sorts before every character that is, so this orders as the pair does. */
const fullName = ({ namespace, key }: AssetRef) => `${namespace}\u0001${key}`

/** The id of an asset: UUIDv5 of (namespace, key), so that it is known without asking anybody. */
export function assetIdOf(asset: AssetRef): string {
  return nameUuid(fullName(asset), ASSET_ID_NAMESPACE)
}

/** At most 600 characters: 2,400 bytes in UTF-8, below the 2,704 that an index entry of PostgreSQL may have. */
export function sortKeyOf(asset: AssetRef): string {
  return firstCodePoints(fullName(asset), 600)
}
