import DataLoader from 'dataloader'
import { HeadwaterError } from '../errors/headwater-error.js'
import type { CheckRef } from '../lineage/checks/check-result.js'
import type { Edge, Materialization, MaterializationRef } from '../lineage/entities.js'
import { BY_REF, byAsset, followed } from '../lineage/names/followed.js'
import { type Staleness, type StalenessTarget, stalenessOf } from '../lineage/staleness/staleness.js'
import { type CountedReach, countByDistance } from '../lineage/walk/impact.js'
import { type Provenance, type ProvenanceRequest, walkProvenance } from '../lineage/walk/provenance.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { DeliveryStatus } from '../lineage/webhooks/webhook.js'
import type {
  CheckedThing,
  CheckPosition,
  DatasetsRequest,
  Inputs,
  MaterializationFilter,
  MaterializationPosition,
  NeighbourRequest,
  PageRequest,
  RunPosition,
  Slice,
  Store,
} from '../store/store.js'
import type { DeliveriesRequest } from '../store/webhook-store.js'
import { nextTurn } from '../util/next-turn.js'
import { groupedLoader } from './grouped-loader.js'
import { ObjectBudget } from './object-budget.js'

/** All loaders of one request. */
export type Loaders = ReturnType<typeof createLoaders>

/** Fresh for every request: a cache that outlived one would show what has changed since, or to whom it must not. */
export function createLoaders(store: Store) {
  const budget = new ObjectBudget()
  return {
    budget,
    asset: new DataLoader((ids: readonly string[]) => store.assets(ids)),
    /** The asset that a name stands for. */
    canonicalId: new DataLoader((ids: readonly string[]) => store.canonicalIds(ids)),
    otherNames: new DataLoader((assetIds: readonly string[]) => store.otherNames(assetIds)),
    materialization: new DataLoader((refs: readonly MaterializationRef[]) => store.materializations(refs), {
      cacheKeyFn: refKey,
    }),
    latestMaterialization: new DataLoader(
      (slices: readonly Slice[]) => store.latestMaterializations(slices),
      {
        cacheKeyFn: ({ assetId, partitionKey }: Slice) => JSON.stringify([assetId, partitionKey]),
      },
    ),
    isCurrent: groupedLoader(
      ({ upstreamId, downstreamId }: Edge) => upstreamId + downstreamId,
      (edges, { asOf }: { asOf: Date | null }) => store.areCurrent(edges, asOf),
      ({ asOf }) => String(asOf?.getTime()),
    ),
    inputs: new DataLoader<Materialization, Inputs, string>(
      (materializations) => store.inputs(materializations),
      {
        cacheKeyFn: refKey,
      },
    ),
    schema: new DataLoader((assetIds: readonly string[]) => store.schemas(assetIds)),
    schemaHeld: new DataLoader((refs: readonly MaterializationRef[]) => store.schemasHeld(refs), {
      cacheKeyFn: refKey,
    }),
    neighbours: groupedLoader(
      itself,
      (assetIds, request: NeighbourRequest) => store.neighbours(assetIds, request),
      ({ way, scope, page: { after, count }, withSightings }) =>
        `${way} ${scope} ${count} ${withSightings} ${after === null ? '' : JSON.stringify([after.namespace, after.key])}`,
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
    consumerCounts: new DataLoader((assetIds: readonly string[]) => consumerCounts(store, assetIds)),
    staleness: new DataLoader((targets: readonly StalenessTarget[]) => stalenesses(store, targets), {
      cacheKeyFn: ({ assetId, partitionKey }: StalenessTarget) => JSON.stringify([assetId, partitionKey]),
    }),
    checkResult: new DataLoader((refs: readonly CheckRef[]) => store.checkResults(refs), {
      cacheKeyFn: ({ assetId, checkId }: CheckRef) => assetId + checkId,
    }),
    checkHistory: groupedLoader(
      checkedKey,
      (things, { page }: { isWhole: boolean; page: PageRequest<CheckPosition> }) =>
        store.checkHistories(things, page),
    ),
    checkCount: groupedLoader(checkedKey, (things, _: { isWhole: boolean }) => store.checkCounts(things)),
    consumers: groupedLoader(refKey, (refs, page: PageRequest<MaterializationPosition>) =>
      store.consumers(refs, page),
    ),
    hiddenConsumers: new DataLoader((refs: readonly MaterializationRef[]) => store.hiddenConsumers(refs), {
      cacheKeyFn: refKey,
    }),
    webhookDeliveries: groupedLoader(itself, (webhookIds, request: DeliveriesRequest) =>
      store.webhooks.deliveries(webhookIds, request),
    ),
    webhookDeliveryCount: groupedLoader(itself, (webhookIds, { status }: { status: DeliveryStatus | null }) =>
      store.webhooks.countDeliveries(webhookIds, status),
    ),
    run: new DataLoader((ids: readonly string[]) => store.runs(ids)),
    childRuns: groupedLoader(itself, (ids, page: PageRequest<RunPosition>) => store.childRuns(ids, page)),
    childRunCount: new DataLoader((ids: readonly string[]) => store.childRunCounts(ids)),
    madeByRun: groupedLoader(itself, (ids, page: PageRequest<MaterializationPosition>) =>
      store.madeByRuns(ids, page),
    ),
    madeByRunCount: new DataLoader((ids: readonly string[]) => store.madeByRunCounts(ids)),
    runDatasets: groupedLoader(itself, (ids, request: DatasetsRequest) => store.datasetsOfRuns(ids, request)),
    provenance: groupedLoader(refKey, (refs, request: ProvenanceOfMany) =>
      provenances(store, budget, refs, request),
    ),
  }
}

/** The most walks that the fields of one list may take in one answer. */
const MOST_WALKS = 100

function checkWalks(what: string, of: string, count: number): void {
  if (count <= MOST_WALKS) return
  throw new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `expected ${what} of at most ${MOST_WALKS} ${of} in one answer, got ${count}`,
  )
}

/**
 * For each asset, how many lie at each distance downstream of it. Each is counted on one state of the graph; between
 * two of them others have their turn, for one may be a large part of the graph.
 */
async function consumerCounts(store: Store, assetIds: readonly string[]): Promise<CountedReach[]> {
  checkWalks('the impact', 'assets', assetIds.length)
  const counts: CountedReach[] = []
  for (const assetId of assetIds) {
    counts.push(await store.readGraph((graph) => countByDistance(graph, assetId, 'DOWNSTREAM')))
    await nextTurn()
  }
  return counts
}

/** Of each slice, on one state. What is MISSING may have come to be of another asset since it was heard of. */
function stalenesses(store: Store, targets: readonly StalenessTarget[]): Promise<Staleness[]> {
  return followed(
    (ids) => store.canonicalIds(ids),
    byAsset(({ partitionKey }: StalenessTarget) => partitionKey),
    targets,
    (some) => store.readSlices((reader) => stalenessOf(reader, some)),
    (found) => found?.status === 'MISSING',
  )
}

/** One way from each of some materializations, all within one time. */
type ProvenanceOfMany = Omit<ProvenanceRequest, 'time'> & { timeoutMs: number }

/** The provenance of each, on one state. One walk after the other, so that the budget ends them in time. */
async function provenances(
  store: Store,
  budget: ObjectBudget,
  refs: readonly MaterializationRef[],
  { timeoutMs, ...request }: ProvenanceOfMany,
): Promise<(Provenance | null)[]> {
  checkWalks('the lineage', 'materializations', refs.length)
  const time = new TimeLimit(timeoutMs)
  const walk = (some: readonly MaterializationRef[]) =>
    store.readProvenance(async (graph) => {
      const walks: (Provenance | null)[] = []
      for (const ref of some) {
        const found = await walkProvenance(graph, ref, { ...request, time })
        budget.spend(found?.nodes.length ?? 0)
        walks.push(found)
      }
      return walks
    })
  return followed((ids) => store.canonicalIds(ids), BY_REF, refs, walk)
}

function checkedKey({ assetId, materializationId }: CheckedThing): string {
  return assetId + (materializationId ?? '')
}

const itself = (id: string) => id

function refKey({ assetId, materializationId }: MaterializationRef): string {
  return assetId + materializationId
}
