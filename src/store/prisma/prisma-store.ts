import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../prisma/generated/client.js'
import type { CheckRef } from '../../lineage/checks/check-result.js'
import type { Asset, Materialization } from '../../lineage/entities.js'
import { changeOf } from '../../lineage/graph/memory-graph.js'
import type { MemoryGraphReader } from '../../lineage/graph/memory-graph-reader.js'
import { parseWatermark } from '../../lineage/live/watermark.js'
import { BY_ENDS, BY_ID, BY_REF, byAsset, followed, type Naming } from '../../lineage/names/followed.js'
import type { LineageEvent } from '../../lineage/openlineage/event.js'
import type { CheckedThing, Slice, Store } from '../store.js'
import type { TokenStore } from '../token-store.js'
import { type StoreLoad, type StoreWatch, UNWATCHED } from '../watch.js'
import type { Outbox } from '../webhook-store.js'
import { tokensIn } from './api-tokens.js'
import { updateAsset } from './asset-edits.js'
import { AssetNames, findCanonicalIds, findNames } from './asset-names.js'
import { findAssets } from './asset-queries.js'
import { countChecks, findCheckHistories, findCheckResults, recordChecks } from './check-queries.js'
import { SqlColumnGraph } from './column-graph.js'
import { findSchemas, findSchemasHeld } from './column-queries.js'
import { findRegisteredNodes, registerNodes } from './config-queries.js'
import { Database, type DatabaseOptions } from './database.js'
import { guarded } from './faults.js'
import { neighboursInGraph } from './graph-neighbours.js'
import { SqlGraphReader } from './graph-reader.js'
import { findAssetHealth } from './health-queries.js'
import { ingest } from './ingest.js'
import { findConsumers, findInputs } from './input-queries.js'
import {
  countChildRuns,
  countMadeByRuns,
  countRuns,
  findChildRuns,
  findDatasetsOfRuns,
  findMadeByRuns,
  findRuns,
  listRuns,
} from './job-run-queries.js'
import { tellOfLifecycle } from './lifecycle-queries.js'
import { LiveGraph, type LiveGraphOptions } from './live-graph.js'
import { SqlMaterializationGraph } from './materialization-graph.js'
import {
  countHistories,
  countMaterializations,
  countSeenMaterializations,
  findHistories,
  findLatest,
  findMaterializations,
  findNewestWithVersion,
  listMaterializations,
  listSeenMaterializations,
} from './materialization-queries.js'
import { areCurrent, findNeighbours } from './neighbour-queries.js'
import { findOtherNames } from './other-names.js'
import { encoded } from './recorded-events.js'
import { RecordedLog, type RecordedLogOptions } from './recorded-log.js'
import { RecordingGroups } from './recording-groups.js'
import { checkKept, findHorizon } from './retention.js'
import { retried } from './retry.js'
import { findAssetsMadeBy, findAssetsUsedBy, findLatestInRun, findMadeInRun } from './run-queries.js'
import type { Seen } from './scopes.js'
import { SearchFill } from './search-fill.js'
import { searchAssets } from './search-queries.js'
import { SearchRows } from './search-rows.js'
import { countMatching, findMatchingIds, listMatching } from './selection-queries.js'
import { SqlSliceReader } from './slice-reader.js'
import { statement } from './statement.js'
import { findUnusedEdges } from './unused-edge-queries.js'
import { upstreamIn } from './upstream-in.js'
import { visibleStore } from './visible-store.js'
import { outboxIn, webhooksIn } from './webhooks/outbox.js'
import { WriteGroups } from './write-groups.js'

/** The store, what its graph and the filling of its search are doing, and the tokens by which it may be used. */
export interface PrismaStore extends Store {
  graph: LiveGraph
  searchFill: SearchFill
  tokens: TokenStore
  outbox: Outbox
  load(): StoreLoad
}

const PING = statement('ping', 'SELECT 1')

const BY_MATERIALIZATION = byAsset(({ materializationId }: Materialization) => materializationId)
const BY_SLICE = byAsset(({ partitionKey }: Slice) => partitionKey)
const BY_CHECK = byAsset(({ checkId }: CheckRef) => checkId)
const BY_CHECKED = byAsset(({ materializationId }: CheckedThing) => materializationId)

/** For looking, and for as many deliveries as end at once. */
const OUTBOX_CONNECTIONS = { fewest: 2, most: 4 }

/** What is still under way when the store is closed has so long, in ms. */
const LAST_STATEMENT_MS = 200

/** The store on one PostgreSQL, with the graph in this process where `graph` has room for it. */
export function openStore(
  options: DatabaseOptions,
  graph: LiveGraphOptions,
  log: RecordedLogOptions,
  onSearchFailure: (error: unknown) => void,
  watch: StoreWatch = UNWATCHED,
): PrismaStore {
  const onSent = watch.sent?.bind(watch)
  const database = new Database({ ...options, ...(onSent === undefined ? {} : { onSent }) })
  const prisma = new PrismaClient({ adapter: new PrismaPg(database.pool) })
  const names = new AssetNames()
  const live = new LiveGraph(options, graph, () => names.forget())
  live.start()
  const searchRows = new SearchRows((assetId) => live.knows(assetId))
  const searchFill = new SearchFill(database, searchRows, onSearchFailure)
  void searchFill.start()
  const recorded = new RecordedLog(database, live, log)
  const groups = new RecordingGroups(database, searchRows, names, (plan, watermark) => {
    live.committed(changeOf(plan), watermark)
    recorded.look()
  })

  const events = new WriteGroups<LineageEvent, void>({
    waiting: 'events wait to be kept',
    // The events of a run come close together: a second one would wait for the first.
    writers: 1,
    write: async (group) => {
      const ingested = await ingest(database, searchRows, names, group)
      return () => {
        if (ingested?.isRemoved) live.forget()
        else if (ingested !== null) {
          live.committed(changeOf(ingested.plan), ingested.watermark)
          live.edited(ingested.edited)
          for (const assetId of ingested.retired) live.retired(assetId)
        }
        recorded.look()
        return group.map(() => undefined)
      }
    },
  })

  const parts = { prisma, names, live, recorded, searchRows, searchFill, groups, events, watch }
  const load = (): StoreLoad => {
    const { totalCount, idleCount, waitingCount } = database.pool
    return {
      connections: { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount },
      waiting: { recordings: groups.depth, events: events.depth },
    }
  }
  const { onStatement: _, ...unwatched } = options
  const behind = new Database({
    ...unwatched,
    connections: Math.min(OUTBOX_CONNECTIONS.most, Math.max(options.connections, OUTBOX_CONNECTIONS.fewest)),
    name: 'headwater webhooks',
  })
  const outbox = outboxIn(behind, upstreamIn(live, behind))
  return {
    ...storeOn(database, parts, null),
    graph: live,
    searchFill,
    tokens: tokensIn(prisma),
    outbox,
    load,
  }
}

/** What all requests share. */
export interface Shared {
  prisma: PrismaClient
  names: AssetNames
  live: LiveGraph
  recorded: RecordedLog
  searchRows: SearchRows
  searchFill: SearchFill
  groups: RecordingGroups
  events: WriteGroups<LineageEvent, void>
  watch: StoreWatch
}

/**
 * What is asked of `database`; and what everybody shares, for writing and for walks. `seen`: of which namespaces lists,
 * counts and searches are; what is asked for by its id is left to `visibleStore`.
 */
function storeOn(database: Database, shared: Shared, seen: Seen): Store {
  const { prisma, names, live, recorded: log, searchRows, searchFill, groups, events, watch } = shared

  const retirement = (change: () => Promise<Asset | null>) =>
    guarded(async () => {
      const asset = await retried(change)
      if (asset !== null) live.retired(asset.assetId)
      return asset
    })

  const standFor = (ids: readonly string[]) => findCanonicalIds(database, ids)
  const asked = <Item, Found>(
    naming: Naming<Item>,
    items: readonly Item[],
    find: (items: readonly Item[]) => Promise<Found[]>,
  ) => guarded(() => followed(standFor, naming, items, find))

  const store: Store = {
    within: (end) => storeOn(database.within(end), shared, seen),
    visibleTo: (access) => {
      const namespaces = access.namespaces('READ')
      if (namespaces === null) return store
      const own = storeOn(database, shared, [...namespaces])
      return visibleStore({ whole: store, seen: own, database, live }, access, namespaces)
    },
    record: (recordings) =>
      watch.during(
        'recording',
        () =>
          guarded(async () => {
            const outcome = await groups.record(recordings)
            // What is repeated may have been written by another server, or before an answer that was lost.
            if (outcome.recordings.some(({ isDuplicate }) => isDuplicate)) await live.catchUp()
            return outcome
          }),
        (outcome) =>
          outcome.recordings.reduce((sum, { materializations }) => sum + materializations.length, 0),
      ),
    ingest: (event) => guarded(() => events.submit(event, event.body.length)),
    readGraph: (work, { atLeast, asOf = null } = {}) =>
      watch.during(
        'walk',
        () =>
          guarded(async () => {
            // The graph in this process has no history.
            const read = asOf === null ? await live.read(work, atLeast, database) : null
            if (read !== null) return read.value
            return database.snapshot(async (session) => {
              if (asOf !== null) checkKept('asOf', asOf, await findHorizon(session))
              const reader = new SqlGraphReader(session, asOf)
              if (atLeast != null) await reader.expect(atLeast)
              return work(reader)
            })
          }),
        nodeCountOf,
      ),
    readHistory: (work) =>
      guarded(() =>
        database.snapshot(async (session) => {
          const horizon = await findHorizon(session)
          const numbers = new SqlGraphReader(session)
          return work((time) => {
            checkKept('from', time, horizon)
            return new SqlGraphReader(session, time, numbers)
          })
        }),
      ),

    readProvenance: (work) =>
      guarded(() => database.snapshot((session) => work(new SqlMaterializationGraph(session)))),
    readColumns: (withIndirect, work) =>
      guarded(() => database.snapshot((session) => work(new SqlColumnGraph(session, withIndirect)))),
    readSlices: (work) =>
      guarded(() =>
        database.snapshot((session) => work(new SqlSliceReader(session, upstreamIn(live, database), null))),
      ),

    canonicalIds: (ids) => guarded(() => standFor(ids)),
    names: (ids) => guarded(() => findNames(database, ids)),
    otherNames: (assetIds) => guarded(() => findOtherNames(database, assetIds, seen)),
    assets: (ids) => asked(BY_ID, ids, (some) => findAssets(database, some)),
    listMatching: (condition, page) => guarded(() => listMatching(database, condition, page, seen)),
    countMatching: (condition) => guarded(() => countMatching(database, condition, seen)),
    matchingIds: (conditions, most) => guarded(() => findMatchingIds(database, conditions, most, seen)),
    searchAssets: (request) =>
      guarded(async () => {
        const outcome = await database.snapshot((session) => searchAssets(session, request, seen))
        return { ...outcome, isWhole: outcome.isWhole && searchFill.isDone }
      }),
    updateAsset: (assetId, changes, now) =>
      guarded(async () => {
        const asset = await retried(() =>
          database.transaction((session) => updateAsset(session, searchRows, assetId, changes, now)),
        )
        live.edited([assetId])
        return asset
      }),
    retireAsset: (assetId, at) => retirement(() => tellOfLifecycle(database, assetId, true, at)),
    restoreAsset: (assetId, at) => retirement(() => tellOfLifecycle(database, assetId, false, at)),
    assetHealth: (since, count, namespace) =>
      guarded(() => findAssetHealth(database, since, count, narrowed(seen, namespace))),

    materializations: (refs) => asked(BY_REF, refs, (some) => findMaterializations(database, some)),
    latestMaterializations: (slices) => asked(BY_SLICE, slices, (some) => findLatest(database, some)),
    newestWithVersion: (assetId, version) => guarded(() => findNewestWithVersion(database, assetId, version)),
    listMaterializations: (filter, page) =>
      guarded(() =>
        seen === null
          ? listMaterializations(prisma, filter, page)
          : listSeenMaterializations(database, filter, page, seen),
      ),
    countMaterializations: (filter) =>
      guarded(() =>
        seen === null
          ? countMaterializations(prisma, filter)
          : countSeenMaterializations(database, filter, seen),
      ),
    recorded: (since, signal) =>
      guarded(async () =>
        encoded(await log.follow(since === null ? null : parseWatermark('after', since), signal)),
      ),
    histories: (assetIds, filter, page) =>
      asked(BY_ID, assetIds, (some) => findHistories(database, some, filter, page)),
    historyLengths: (assetIds, filter) =>
      asked(BY_ID, assetIds, (some) => countHistories(database, some, filter)),

    schemas: (assetIds) => asked(BY_ID, assetIds, (some) => findSchemas(database, some)),
    schemasHeld: (refs) => asked(BY_REF, refs, (some) => findSchemasHeld(database, some)),

    inputs: (materializations) =>
      guarded(async () => {
        const found = await followed(standFor, BY_MATERIALIZATION, materializations, (some) =>
          findInputs(database, some),
        )
        return found.map((items) => ({ items, hidden: 0 }))
      }),
    consumers: (refs, page) => asked(BY_REF, refs, (some) => findConsumers(database, some, page, seen)),
    hiddenConsumers: async (refs) => refs.map(() => 0),

    runs: (ids) => guarded(() => findRuns(database, ids)),
    listRuns: (filter, page) => guarded(() => listRuns(database, filter, page, seen)),
    countRuns: (filter) => guarded(() => countRuns(database, filter, seen)),
    childRuns: (ids, page) => guarded(() => findChildRuns(database, ids, page, seen)),
    childRunCounts: (ids) => guarded(() => countChildRuns(database, ids, seen)),
    madeByRuns: (ids, page) => guarded(() => findMadeByRuns(database, ids, page, seen)),
    madeByRunCounts: (ids) => guarded(() => countMadeByRuns(database, ids, seen)),
    datasetsOfRuns: (ids, request) => guarded(() => findDatasetsOfRuns(database, ids, request, seen)),

    neighbours: (assetIds, request) =>
      guarded(async () => {
        const near = (reader: MemoryGraphReader) => neighboursInGraph(reader, assetIds, request, seen)
        const read = await live.read(near, null, database)
        return (
          read?.value ??
          followed(standFor, BY_ID, assetIds, (some) => findNeighbours(database, some, request, seen))
        )
      }),
    unusedEdges: (request) => guarded(() => findUnusedEdges(database, request, seen)),
    areCurrent: (edges, asOf) => asked(BY_ENDS, edges, (some) => areCurrent(database, some, asOf)),

    registerNodes: (nodes, now, unlessRegistered) =>
      guarded(async () => {
        const registered = await registerNodes(database, searchRows, names, nodes, now, unlessRegistered)
        live.edited(registered.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)))
        return registered
      }),
    registeredNodes: (dagId, nodeTaskIds, andOwn) =>
      guarded(() => findRegisteredNodes(database, dagId, nodeTaskIds, andOwn)),
    madeInRun: (dagId, nodeTaskId) => guarded(() => findMadeInRun(database, dagId, nodeTaskId)),
    latestInRun: (dagId, of) => guarded(() => findLatestInRun(database, dagId, of)),
    assetsMadeBy: (nodeTaskIds) => guarded(() => findAssetsMadeBy(database, nodeTaskIds)),
    assetsUsedBy: (nodeTaskId) => guarded(() => findAssetsUsedBy(database, nodeTaskId, seen)),

    recordChecks: (checks) => guarded(() => retried(() => recordChecks(database, checks))),
    checkResults: (refs) => asked(BY_CHECK, refs, (some) => findCheckResults(database, some)),
    checkHistories: (things, page) =>
      asked(BY_CHECKED, things, (some) => findCheckHistories(database, some, page)),
    checkCounts: (things) => asked(BY_CHECKED, things, (some) => countChecks(database, some)),

    webhooks: webhooksIn(database),

    ping: () => guarded(async () => void (await database.run(PING, []))),
    close: async () => {
      // Nobody waits for an answer any more.
      const enough = setTimeout(() => database.breakOff(), LAST_STATEMENT_MS)
      await Promise.all([groups.close(), events.close(), searchFill.close(), log.close(), live.close()])
      await prisma.$disconnect()
      await database.close()
      clearTimeout(enough)
    },
  }
  return store
}

/** Of these namespaces (null for all) a single one, where it is given. */
function narrowed(seen: Seen, namespace: string | null): Seen {
  if (namespace === null) return seen
  return seen === null || seen.includes(namespace) ? [namespace] : []
}

/** Of an answer that lists nodes. */
function nodeCountOf(answer: unknown): number | null {
  const hasNodes = typeof answer === 'object' && answer !== null && 'nodes' in answer
  return hasNodes && Array.isArray(answer.nodes) ? answer.nodes.length : null
}
