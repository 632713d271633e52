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
  for (let last = assetId; ; ) {
    const found = await find(last)
    if (found !== null) return found
    // Meanwhile it may have come to stand for yet another.
    const [canonicalId = last] = await store.canonicalIds([last])
    if (canonicalId === last) return null
    last = canonicalId
  }
}
