import type { Access } from '../lineage/access/access.js'
import { demand, demandAnywhere } from '../lineage/access/demand.js'
import { namespacesOf } from '../lineage/access/demand-recording.js'
import { type AssetConfigInput, checkAssetConfig } from '../lineage/config/check-config.js'
import type { Store } from '../store/store.js'

/** Registers what nodes are expected to make: all of it or nothing. It gates nothing. Throws BAD_USER_INPUT, FORBIDDEN. */
export async function registerConfig(store: Store, access: Access, input: AssetConfigInput) {
  const planned = checkAssetConfig(input)
  for (const { assets } of planned) demand(access, 'RECORD', namespacesOf(assets))
  demandAnywhere(access, 'RECORD')
  const nodes = await store.registerNodes(
    access.mayEverywhere('RECORD') ? planned : planned.map((node) => ({ ...node, by: access })),
    new Date(),
    input.unlessRegistered ?? false,
  )
  const assetIds = new Set(nodes.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)))
  return { nodeCount: nodes.length, assetCount: assetIds.size }
}
