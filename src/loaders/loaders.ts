import DataLoader from 'dataloader'
import type {
  Edge,
  EdgeScope,
  Materialization,
  MaterializationInput,
  MaterializationRef,
  Way,
} from '../lineage/entities.js'
import type { AssetName } from '../lineage/walk/graph-reader.js'
import type {
  MaterializationFilter,
  MaterializationPosition,
  PageRequest,
  Slice,
  Store,
} from '../store/store.js'
import { groupedLoader } from './grouped-loader.js'
import { ObjectBudget } from './object-budget.js'

/** All loaders of one request. */
export type Loaders = ReturnType<typeof createLoaders>

/** Fresh for every request: a cache that outlived one would show what has changed since, or to whom it must not. */
export function createLoaders(store: Store) {
  return {
    budget: new ObjectBudget(),
    asset: new DataLoader((ids: readonly string[]) => store.assets(ids)),
    materialization: new DataLoader((refs: readonly MaterializationRef[]) => store.materializations(refs), {
      cacheKeyFn: refKey,
    }),
    latestMaterialization: new DataLoader(
      (slices: readonly Slice[]) => store.latestMaterializations(slices),
      {
        cacheKeyFn: ({ assetId, partitionKey }: Slice) => JSON.stringify([assetId, partitionKey]),
      },
    ),
    isCurrent: new DataLoader((edges: readonly Edge[]) => store.areCurrent(edges), {
      cacheKeyFn: ({ upstreamId, downstreamId }: Edge) => upstreamId + downstreamId,
    }),
    inputs: new DataLoader<Materialization, MaterializationInput[], string>(
      (materializations) => store.inputs(materializations),
      {
        cacheKeyFn: refKey,
      },
    ),
    neighbours: groupedLoader(
      itself,
      (assetIds, { way, scope, page }: { way: Way; scope: EdgeScope; page: PageRequest<AssetName> }) =>
        store.neighbours(assetIds, way, scope, page),
    ),
    history: groupedLoader(
      itself,
      (
        assetIds,
        { filter, page }: { filter: MaterializationFilter; page: PageRequest<MaterializationPosition> },
      ) => store.histories(assetIds, filter, page),
    ),
    historyLength: groupedLoader(itself, (assetIds, filter: MaterializationFilter) =>
      store.historyLengths(assetIds, filter),
    ),
    consumers: groupedLoader(refKey, (refs, page: PageRequest<MaterializationPosition>) =>
      store.consumers(refs, page),
    ),
  }
}

const itself = (id: string) => id

function refKey({ assetId, materializationId }: MaterializationRef): string {
  return assetId + materializationId
}
