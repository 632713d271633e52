import { assetNotFound } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Asset } from '../lineage/entities.js'
import { BOUNDS, checkCount, checkMetadata, checkName, checkText } from '../lineage/recording/bounds.js'
import { checkAssetRef } from '../lineage/recording/check-asset-ref.js'
import { checkKinds } from '../lineage/recording/check-recording.js'
import type { AssetChanges, Store } from '../store/store.js'
import { byAnyName } from './by-any-name.js'
import { demandToEdit } from './demand-to-edit.js'

/** As clients give it: null means the same as absent. */
export interface UpdateAssetInput {
  asset: { key: string; namespace?: string | null | undefined }
  kind?: string | null | undefined
  kinds?: readonly string[] | null | undefined
  description?: string | null | undefined
  tags?: Record<string, unknown> | null | undefined
  owners?: readonly string[] | null | undefined
  unlessStated?: boolean | null | undefined
}

/** Says of an asset what it is given, or what of it nobody has said yet; the rest stays. Throws BAD_USER_INPUT, FORBIDDEN, and ASSET_NOT_FOUND. */
export async function updateAsset(store: Store, access: Access, input: UpdateAssetInput): Promise<Asset> {
  const ref = checkAssetRef('input.asset', input.asset)
  const changes = checkChanges(input)
  await demandToEdit(store, access, 'input.asset', ref)
  const asset = await byAnyName(store, assetIdOf(ref), (assetId) =>
    store.updateAsset(assetId, changes, new Date()),
  )
  if (asset === null) throw assetNotFound('input.asset', ref)
  return asset
}

function checkChanges(input: UpdateAssetInput): AssetChanges {
  const { kind, kinds, description, tags, owners, unlessStated } = input
  return {
    unlessStated: unlessStated ?? false,
    ...(kind == null ? {} : { kind: checkName('input.kind', kind, BOUNDS.kindCharacters) }),
    ...(kinds == null ? {} : { kinds: checkKinds('input.kinds', kinds) }),
    ...(description == null
      ? {}
      : { description: checkText('input.description', description, BOUNDS.descriptionCharacters, 0) }),
    ...(tags == null ? {} : { tags: checkMetadata('input.tags', tags) }),
    ...(owners == null ? {} : { owners: checkOwners('input.owners', owners) }),
  }
}

function checkOwners(field: string, owners: readonly string[]): string[] {
  checkCount(field, owners.length, 0, BOUNDS.ownersPerAsset)
  return [...new Set(owners.map((owner, at) => checkName(`${field}[${at}]`, owner, BOUNDS.idCharacters)))]
}
