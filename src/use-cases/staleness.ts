import type { Asset } from '../lineage/entities.js'
import { type Freshness, type FreshnessThresholds, freshnessOf } from '../lineage/freshness.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import type { Staleness } from '../lineage/staleness/staleness.js'
import type { Loaders } from '../loaders/loaders.js'

/** Whether an asset, or a partition of it, is still what its upstreams would make of it. Throws BAD_USER_INPUT. */
export async function stalenessOfAsset(
  loaders: Loaders,
  { assetId }: Asset,
  partitionKey: string | null | undefined,
): Promise<Staleness> {
  if (partitionKey != null) checkName('partitionKey', partitionKey, BOUNDS.partitionKeyCharacters)
  return loaders.staleness.load({ assetId, partitionKey: partitionKey ?? null })
}

/** How long ago an asset was last materialized. */
export async function freshnessOfAsset(
  loaders: Loaders,
  { assetId }: Asset,
  thresholds: FreshnessThresholds,
): Promise<Freshness> {
  const latest = await loaders.latestMaterialization.load({ assetId, partitionKey: null })
  return freshnessOf(latest?.materializedAt ?? null, new Date(), thresholds)
}
