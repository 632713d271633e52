import { ImportedAssetsDocument, type ImportedAssetsQuery } from '../../../schema/operations.generated.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { checkAssetRef } from '../../lineage/recording/check-asset-ref.js'
import type { Client } from '../client.js'

/** As many as the server takes in a filter, and answers at once. */
const MOST_KEYS = 1_000

/** What the server has of an asset. */
export type KnownAsset = ImportedAssetsQuery['assets']['nodes'][number]

/** Looks up what the server has of an asset; undefined for one that it does not know. */
export type KnownAssets = (namespace: string, key: string) => KnownAsset | undefined

/** What the server has of these assets. */
export async function knownAssets(
  client: Client,
  refs: Iterable<{ namespace: string; key: string }>,
): Promise<KnownAssets> {
  const wanted = new Map<string, Set<string>>()
  for (const { namespace, key } of refs) {
    if (!isAssetRef(namespace, key)) continue
    const keys = wanted.get(namespace) ?? new Set<string>()
    wanted.set(namespace, keys.add(key))
  }
  const found = new Map<string, Map<string, KnownAsset>>()
  for (const [namespace, keySet] of wanted) {
    const keys = [...keySet]
    const ofNamespace = new Map<string, KnownAsset>()
    found.set(namespace, ofNamespace)
    for (let at = 0; at < keys.length; at += MOST_KEYS) {
      const { assets } = await client.request(ImportedAssetsDocument, {
        namespace,
        keys: keys.slice(at, at + MOST_KEYS),
      })
      for (const asset of assets.nodes) ofNamespace.set(asset.key, asset)
    }
  }
  return (namespace, key) => found.get(namespace)?.get(key)
}

/** What is no name of an asset no server knows, nor takes in a filter. */
function isAssetRef(namespace: string, key: string): boolean {
  try {
    checkAssetRef('', { namespace, key })
    return true
  } catch (error) {
    if (error instanceof HeadwaterError) return false
    throw error
  }
}
