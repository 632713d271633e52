import { configsByNode } from '../lineage/config/node-status.js'
import type { Asset, Materialization } from '../lineage/entities.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import type { Loaders } from '../loaders/loaders.js'
import type { Store } from '../store/store.js'
import { compareCodePoints } from '../util/code-points.js'

/** An asset that a node of a run is to use. */
export interface UpstreamAsset {
  asset: Asset
  version: string | null
  partitionKey: string | null
  /** Null where it was never materialized. */
  materialization: Materialization | null
}

/**
 * What the upstream nodes of a node have produced: in this run where they have, else lately. Its upstream nodes are
 * those registered; where none are, the assets that earlier runs of this node have used count. In the order
 * (namespace, key, partition). A bounded number of statements. Throws BAD_USER_INPUT.
 */
export async function upstreamAssets(
  store: Store,
  loaders: Loaders,
  dagId: string,
  nodeTaskId: string,
): Promise<UpstreamAsset[]> {
  checkName('dagId', dagId, BOUNDS.idCharacters)
  checkName('nodeTaskId', nodeTaskId, BOUNDS.idCharacters)
  const config = configsByNode(await store.registeredNodes(dagId, [nodeTaskId], false)).get(nodeTaskId)
  const found =
    config?.upstreamNodes == null
      ? await usedEarlier(store, dagId, nodeTaskId)
      : await producedBy(store, dagId, config.upstreamNodes)

  const assetIds = [...new Set(found.map(({ assetId }) => assetId))]
  const assets = new Map((await loaders.asset.loadMany(assetIds)).map((asset, at) => [assetIds[at], asset]))
  return found
    .flatMap(({ assetId, materialization }) => {
      const asset = assets.get(assetId)
      if (asset instanceof Error) throw asset
      if (asset == null) return []
      const { version = null, partitionKey = null } = materialization ?? {}
      return { asset, version, partitionKey, materialization }
    })
    .sort(
      (a, b) =>
        compareCodePoints(a.asset.namespace, b.asset.namespace) ||
        compareCodePoints(a.asset.key, b.asset.key) ||
        compareCodePoints(a.partitionKey ?? '', b.partitionKey ?? ''),
    )
}

/** An asset, with what of it is to be used. */
interface Found {
  assetId: string
  materialization: Materialization | null
}

/** What each of these nodes has made in this run; of those that have made nothing there, what they make otherwise. */
async function producedBy(store: Store, dagId: string, nodeTaskIds: readonly string[]): Promise<Found[]> {
  const inRun = await store.latestInRun(dagId, { nodeTaskIds })
  const active = new Set(inRun.map((one) => one.nodeTaskId))
  const idle = nodeTaskIds.filter((name) => !active.has(name))
  const madeHere = new Set(inRun.map(({ assetId }) => assetId))
  const others = idle.length === 0 ? [] : await store.assetsMadeBy(idle)
  const lately = await latestOf(
    store,
    others.filter((id) => !madeHere.has(id)),
  )
  // What is registered and was never made has not been produced.
  return [...inRun.map(asFound), ...lately.filter(({ materialization }) => materialization !== null)]
}

/** What earlier runs of a node have used, as this run has it, else as it is latest. */
async function usedEarlier(store: Store, dagId: string, nodeTaskId: string): Promise<Found[]> {
  const assetIds = await store.assetsUsedBy(nodeTaskId)
  if (assetIds.length === 0) return []
  const inRun = await store.latestInRun(dagId, { assetIds })
  const madeHere = new Set(inRun.map(({ assetId }) => assetId))
  return [
    ...inRun.map(asFound),
    ...(await latestOf(
      store,
      assetIds.filter((id) => !madeHere.has(id)),
    )),
  ]
}

const asFound = (materialization: Materialization): Found => ({
  assetId: materialization.assetId,
  materialization,
})

async function latestOf(store: Store, assetIds: readonly string[]): Promise<Found[]> {
  if (assetIds.length === 0) return []
  const latest = await store.latestMaterializations(
    assetIds.map((assetId) => ({ assetId, partitionKey: null })),
  )
  return assetIds.map((assetId, at) => ({ assetId, materialization: latest[at] ?? null }))
}
