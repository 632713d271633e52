import { assetNotFound } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { demand, demandUnnamed } from '../lineage/access/demand.js'
import { type AssetRef, assetIdOf } from '../lineage/asset-ref.js'
import type { Store } from '../store/store.js'

/**
 * Throws FORBIDDEN where the caller may not edit what is called this, whether it is there or not; nor what this is another
 * name of, or ASSET_NOT_FOUND where the caller may not even see that. Asks storage only for those who may not record
 * everywhere.
 */
export async function demandToEdit(
  store: Pick<Store, 'assets'>,
  access: Access,
  field: string,
  ref: AssetRef,
): Promise<void> {
  demand(access, 'RECORD', [ref.namespace])
  if (access.mayEverywhere('RECORD')) return
  const [asset] = await store.assets([assetIdOf(ref)])
  if (asset == null) throw assetNotFound(field, ref)
  demandUnnamed(access, 'RECORD', asset.namespace)
}
