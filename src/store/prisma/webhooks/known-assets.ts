import type { Asset } from '../../../lineage/entities.js'
import type { KnownAsset } from '../../../lineage/webhooks/concerns.js'
import { findAssets } from '../asset-queries.js'
import type { Session } from '../database.js'
import { findOtherNames } from '../other-names.js'

/** Assets with their names, by their ids: those that are there. */
export async function findKnown(
  session: Session,
  assetIds: Iterable<string>,
): Promise<ReadonlyMap<string, KnownAsset>> {
  const ids = [...new Set(assetIds)]
  if (ids.length === 0) return new Map()
  const [assets, names] = await Promise.all([findAssets(session, ids), findOtherNames(session, ids, null)])
  return new Map(
    assets.flatMap((asset, at): [string, KnownAsset][] =>
      asset === null ? [] : [[ids[at] ?? asset.assetId, { asset, otherNames: names[at]?.first ?? [] }]],
    ),
  )
}

/** One of them. */
export function assetIn(known: ReadonlyMap<string, KnownAsset>, assetId: string): Asset | undefined {
  return known.get(assetId)?.asset
}
