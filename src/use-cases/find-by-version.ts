import { assetIdOf } from '../lineage/asset-ref.js'
import type { Materialization } from '../lineage/entities.js'
import { BOUNDS, checkText } from '../lineage/recording/bounds.js'
import { checkAssetRef } from '../lineage/recording/check-asset-ref.js'
import type { Store } from '../store/store.js'
import { byAnyName } from './by-any-name.js'

/** The newest materialization of an asset with exactly this version; null where there is none. Throws BAD_USER_INPUT. */
export async function findByVersion(
  store: Store,
  asset: { key: string; namespace?: string | null | undefined },
  version: string,
): Promise<Materialization | null> {
  checkText('version', version, BOUNDS.versionCharacters)
  const ref = checkAssetRef('asset', asset)
  return byAnyName(store, assetIdOf(ref), (assetId) => store.newestWithVersion(assetId, version))
}
