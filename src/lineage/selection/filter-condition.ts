import type { AssetFilter } from '../asset-filter.js'
import type { AssetCondition } from './selection.js'

/** What a filter says, as a condition: the same as `fulfils`. */
export function conditionOfFilter({
  namespace,
  keys,
  keyPrefix,
  kinds,
  search,
}: AssetFilter): AssetCondition {
  const of: AssetCondition[] = []
  if (namespace !== undefined) of.push({ is: 'namespace', value: namespace })
  if (keys !== undefined) of.push({ is: 'keyAmong', keys })
  if (keyPrefix !== undefined) of.push({ is: 'key', parts: [keyPrefix, ''] })
  if (kinds !== undefined) of.push({ is: 'kindAmong', kinds })
  if (search !== undefined) of.push({ is: 'search', text: search })
  return { is: 'and', of }
}
