import { assetNotFound, badUserInput } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Asset } from '../lineage/entities.js'
import { checkInstant } from '../lineage/recording/bounds.js'
import { checkAssetRef } from '../lineage/recording/check-asset-ref.js'
import type { Store } from '../store/store.js'
import { byAnyName } from './by-any-name.js'
import { demandToEdit } from './demand-to-edit.js'

/** As clients give it: null means the same as absent. */
export interface RetirementArgs {
  asset: { key: string; namespace?: string | null | undefined }
  /** From when on; now by default. */
  at?: Date | null | undefined
}

/** Takes an asset out of what is current; its history stays. Throws BAD_USER_INPUT, FORBIDDEN, and ASSET_NOT_FOUND. */
export function retireAsset(store: Store, access: Access, args: RetirementArgs): Promise<Asset> {
  return changed(store, access, args, (assetId, at) => store.retireAsset(assetId, at))
}

/** Takes it back. Throws BAD_USER_INPUT, FORBIDDEN, and ASSET_NOT_FOUND. */
export function restoreAsset(store: Store, access: Access, args: RetirementArgs): Promise<Asset> {
  return changed(store, access, args, (assetId, at) => store.restoreAsset(assetId, at))
}

async function changed(
  store: Store,
  access: Access,
  args: RetirementArgs,
  change: (assetId: string, at: Date) => Promise<Asset | null>,
): Promise<Asset> {
  const ref = checkAssetRef('asset', args.asset)
  const now = new Date()
  const at = args.at == null ? now : checkInstant('at', args.at)
  // What is current is what is recorded, whatever the time: a retirement to come would count at once.
  if (at > now) throw badUserInput('at', at.toISOString(), `a time not after now, ${now.toISOString()}`)
  await demandToEdit(store, access, 'asset', ref)
  const asset = await byAnyName(store, assetIdOf(ref), (assetId) => change(assetId, at))
  if (asset === null) throw assetNotFound('asset', ref)
  return asset
}
