import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../../prisma/generated/client.js'
import type { Store } from '../store.js'
import { countAssets, findAssets, listAssets, updateAsset } from './asset-queries.js'
import { countChecks, findCheckHistories, findCheckResults, recordChecks } from './check-queries.js'
import { findRegisteredNodes, registerNodes } from './config-queries.js'
import { Database, type DatabaseOptions } from './database.js'
import { guarded } from './faults.js'
import { SqlGraphReader } from './graph-reader.js'
import { findAssetHealth } from './health-queries.js'
import { findConsumers, findInputs } from './input-queries.js'
import {
  countHistories,
  countMaterializations,
  findHistories,
  findLatest,
  findMaterializations,
  findNewestWithVersion,
  listMaterializations,
} from './materialization-queries.js'
import { areCurrent, findNeighbours } from './neighbour-queries.js'
import { record } from './record.js'
import { retried } from './retry.js'
import { findAssetsMadeBy, findAssetsUsedBy, findLatestInRun, findMadeInRun } from './run-queries.js'
import { SqlSliceReader } from './slice-reader.js'
import { statement } from './statement.js'

const PING = statement('ping', 'SELECT 1')

/** The store on one PostgreSQL. */
export function openStore(options: DatabaseOptions): Store {
  const database = new Database(options)
  const prisma = new PrismaClient({ adapter: new PrismaPg(database.pool) })

  return {
    record: (recordings) => guarded(() => record(database, recordings)),
    readGraph: (work, atLeast) =>
      guarded(() =>
        database.snapshot(async (session) => {
          const graph = new SqlGraphReader(session)
          if (atLeast != null) await graph.expect(atLeast)
          return work(graph)
        }),
      ),

    readSlices: (work) => guarded(() => database.snapshot((session) => work(new SqlSliceReader(session)))),

    assets: (ids) => guarded(() => findAssets(database, ids)),
    listAssets: (filter, page) => guarded(() => listAssets(prisma, filter, page)),
    countAssets: (filter) => guarded(() => countAssets(prisma, filter)),
    updateAsset: (assetId, changes, now) =>
      guarded(() => retried(() => updateAsset(database, assetId, changes, now))),
    assetHealth: (since, count, namespace) =>
      guarded(() => findAssetHealth(database, since, count, namespace)),

    materializations: (refs) => guarded(() => findMaterializations(database, refs)),
    latestMaterializations: (slices) => guarded(() => findLatest(database, slices)),
    newestWithVersion: (assetId, version) => guarded(() => findNewestWithVersion(prisma, assetId, version)),
    listMaterializations: (filter, page) => guarded(() => listMaterializations(prisma, filter, page)),
    countMaterializations: (filter) => guarded(() => countMaterializations(prisma, filter)),
    histories: (assetIds, filter, page) => guarded(() => findHistories(database, assetIds, filter, page)),
    historyLengths: (assetIds, filter) => guarded(() => countHistories(database, assetIds, filter)),

    inputs: (materializations) => guarded(() => findInputs(database, materializations)),
    consumers: (refs, page) => guarded(() => findConsumers(database, refs, page)),

    neighbours: (assetIds, way, scope, page) =>
      guarded(() => findNeighbours(database, assetIds, way, scope, page)),
    areCurrent: (edges) => guarded(() => areCurrent(database, edges)),

    registerNodes: (nodes, now, unlessRegistered) =>
      guarded(() => registerNodes(database, nodes, now, unlessRegistered)),
    registeredNodes: (dagId, nodeTaskIds, andOwn) =>
      guarded(() => findRegisteredNodes(database, dagId, nodeTaskIds, andOwn)),
    madeInRun: (dagId, nodeTaskId) => guarded(() => findMadeInRun(database, dagId, nodeTaskId)),
    latestInRun: (dagId, of) => guarded(() => findLatestInRun(database, dagId, of)),
    assetsMadeBy: (nodeTaskIds) => guarded(() => findAssetsMadeBy(database, nodeTaskIds)),
    assetsUsedBy: (nodeTaskId) => guarded(() => findAssetsUsedBy(database, nodeTaskId)),

    recordChecks: (checks) => guarded(() => retried(() => recordChecks(database, checks))),
    checkResults: (refs) => guarded(() => findCheckResults(database, refs)),
    checkHistories: (things, page) => guarded(() => findCheckHistories(database, things, page)),
    checkCounts: (things) => guarded(() => countChecks(database, things)),

    ping: () => guarded(async () => void (await database.run(PING, []))),
    close: async () => {
      await prisma.$disconnect()
      await database.close()
    },
  }
}
