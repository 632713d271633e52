import { HeadwaterError } from '../errors.js'
import type { AssetName } from '../types.js'

/** What an asset of this name has, which must be there. */
export function assetFound<Value>(value: Value | null, name: AssetName): Value {
  if (value !== null) return value
  throw new HeadwaterError('ASSET_NOT_FOUND', `no asset ${JSON.stringify(name)} has been recorded`)
}

/** What the materialization of this id has, which must be there. */
export function materializationFound<Value>(value: Value | null, id: string): Value {
  if (value !== null) return value
  throw new HeadwaterError('MATERIALIZATION_NOT_FOUND', `no materialization has the id ${JSON.stringify(id)}`)
}
