import { type AssetConfigInput, checkAssetConfig } from '../lineage/config/check-config.js'
import type { Store } from '../store/store.js'

/** Registers what nodes are expected to make: all of it or nothing. It gates nothing. Throws BAD_USER_INPUT. */
export async function registerConfig(store: Store, input: AssetConfigInput) {
  const nodes = await store.registerNodes(
    checkAssetConfig(input),
    new Date(),
    input.unlessRegistered ?? false,
  )
  const assetIds = new Set(nodes.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)))
  return { nodeCount: nodes.length, assetCount: assetIds.size }
}
