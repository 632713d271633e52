import type { Access } from '../lineage/access/access.js'
import { demand, demandUnnamed } from '../lineage/access/demand.js'
import { type AssetRef, assetIdOf } from '../lineage/asset-ref.js'
import type { Store } from '../store/store.js'

/**
 * Throws FORBIDDEN where the caller may not edit what is called this, whether it is there or not; nor what this is another
 * name of. Asks storage only for those who may not record everywhere.
 */
export async function demandToEdit(
  store: Pick<Store, 'assets'>,
  access: Access,
  ref: AssetRef,
): Promise<void> {
  demand(access, 'RECORD', [ref.namespace])
  if (access.mayEverywhere('RECORD')) return
  const [asset] = await store.assets([assetIdOf(ref)])
  if (asset != null) demandUnnamed(access, 'RECORD', asset.namespace)
}
