import type { Store } from '../store/store.js'

/**
 * What `find` finds of the asset that a name's id stands for; null for nothing. It is looked for under the name itself
 * first: a name that stands for another asset has nothing of its own.
 */
export async function byAnyName<Found>(
  store: Pick<Store, 'canonicalIds'>,
  assetId: string,
  find: (assetId: string) => Promise<Found | null>,
): Promise<Found | null> {
  const found = await find(assetId)
  if (found !== null) return found
  const [canonicalId = assetId] = await store.canonicalIds([assetId])
  return canonicalId === assetId ? null : find(canonicalId)
}
