import { type AssetConfigInput, checkAssetConfig } from '../lineage/config/check-config.js'
import type { Store } from '../store/store.js'

/** Registers what nodes are expected to make: all of it or nothing. It gates nothing. Throws BAD_USER_INPUT. */
export async function registerConfig(store: Store, input: AssetConfigInput) {
  const nodes = checkAssetConfig(input)
  await store.registerNodes(nodes, new Date())
  const assetIds = new Set(nodes.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)))
  return { nodeCount: nodes.length, assetCount: assetIds.size }
}
