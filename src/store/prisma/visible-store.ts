import type { Access } from '../../lineage/access/access.js'
import { VisibleGraph } from '../../lineage/access/visible-graph.js'
import { VisibleColumnGraph, VisibleMaterializationGraph } from '../../lineage/access/visible-parts.js'
import type { AssetRef } from '../../lineage/asset-ref.js'
import { isAsserted } from '../../lineage/checks/asserted-check-id.js'
import type { CheckResult } from '../../lineage/checks/check-result.js'
import type { Edge, Materialization } from '../../lineage/entities.js'
import type { OtherNames } from '../../lineage/names/asset-names.js'
import type { RunRef } from '../../lineage/openlineage/run-id.js'
import type { Run } from '../../lineage/openlineage/run-outcome.js'
import type { Counted, RecordedEvent, Store, UnusedEdgesPiece } from '../store.js'
import { nothingToCheck } from './check-queries.js'
import { SqlColumnGraph } from './column-graph.js'
import type { Database, Session } from './database.js'
import { guarded } from './faults.js'
import type { LiveGraph } from './live-graph.js'
import { SqlMaterializationGraph } from './materialization-graph.js'
import { Sight } from './sight.js'
import { SqlSliceReader } from './slice-reader.js'
import { upstreamIn } from './upstream-in.js'

const NO_NAMES: OtherNames = { first: [], count: 0 }
const NONE: Counted<never> = { items: [], total: 0 }

/**
 * A store for a caller who may read some namespaces. `seen` is the store whose lists, counts and searches are of these;
 * here, what is asked for by an id is looked for only where it may be seen, and what is found is left out where it may
 * not. An asset may be seen where its own name is in one of the namespaces, under those of its names that are; what is
 * recorded of it may be seen with it; a run where its job is in one of them.
 */
export function visibleStore(
  { whole, seen, database, live }: { whole: Store; seen: Store; database: Database; live: LiveGraph },
  access: Access,
  namespaces: ReadonlySet<string>,
): Store {
  const sight = new Sight(database, [...namespaces])
  const visible = (ids: readonly string[]) => guarded(() => sight.of(ids))
  const inSnapshot = <T>(work: (session: Session, find: Sight['of']) => Promise<T>) =>
    guarded(() =>
      database.snapshot((session) => {
        const within = sight.within(session)
        return work(session, (ids) => within.of(ids))
      }),
    )

  /** Asks for those alone that hang on assets that may be seen; of others there is `nothing`. */
  async function ofVisible<Item, Found>(
    items: readonly Item[],
    assetIdOf: (item: Item) => string,
    find: (items: readonly Item[]) => Promise<readonly Found[]>,
    nothing: Found,
  ): Promise<Found[]> {
    const ids = await visible(items.map(assetIdOf))
    const asked = items.filter((item) => ids.has(assetIdOf(item)))
    const found = (asked.length === 0 ? [] : await find(asked)).values()
    return items.map((item) => (ids.has(assetIdOf(item)) ? (found.next().value ?? nothing) : nothing))
  }

  /** What is found under a name may have come to be of another asset since. */
  async function shown<Item extends { assetId: string }>(
    items: readonly (Item | null)[],
  ): Promise<(Item | null)[]> {
    const ids = await visible(items.flatMap((item) => item?.assetId ?? []))
    return items.map((item) => (item !== null && ids.has(item.assetId) ? item : null))
  }
  const listed = async <Item extends { assetId: string }>(items: readonly Item[]) =>
    (await shown(items)).flatMap((item) => item ?? [])

  const itself = (id: string) => id
  const itsAsset = ({ assetId }: { assetId: string }) => assetId
  const isOfVisibleJob = (run: RunRef | null) => run !== null && namespaces.has(run.jobNamespace)
  const asSeen = (run: Run): Run => ({
    ...run,
    parent: isOfVisibleJob(run.parent) ? run.parent : null,
    root: isOfVisibleJob(run.root) ? run.root : null,
  })
  const checkAsSeen = (check: CheckResult) => checkOf(check, namespaces)

  return {
    within: (end) => whole.within(end).visibleTo(access),
    visibleTo: (other) => whole.visibleTo(other),
    record: (recordings) => seen.record(recordings),
    ingest: (event) => seen.ingest(event),
    registerNodes: (nodes, now, unlessRegistered) => seen.registerNodes(nodes, now, unlessRegistered),

    readGraph: (work, state) => seen.readGraph((graph) => work(new VisibleGraph(graph, namespaces)), state),
    readHistory: (work) => seen.readHistory((at) => work((time) => new VisibleGraph(at(time), namespaces))),
    readProvenance: (work) =>
      inSnapshot((session, find) =>
        work(new VisibleMaterializationGraph(new SqlMaterializationGraph(session), find)),
      ),
    readColumns: (withIndirect, work) =>
      inSnapshot((session, find) =>
        work(new VisibleColumnGraph(new SqlColumnGraph(session, withIndirect), find)),
      ),
    readSlices: (work) =>
      inSnapshot((session, find) => work(new SqlSliceReader(session, upstreamIn(live, database), find))),

    canonicalIds: async (ids) => {
      const known = await visible(ids)
      const canonicalIds = await seen.canonicalIds(ids)
      return ids.map((id, at) => (known.has(id) ? (canonicalIds[at] ?? id) : id))
    },
    names: (ids) => ofVisible(ids, itself, (some) => seen.names(some), null),
    otherNames: (ids) => ofVisible(ids, itself, (some) => seen.otherNames(some), NO_NAMES),
    assets: async (ids) => shown(await ofVisible(ids, itself, (some) => seen.assets(some), null)),
    listMatching: (condition, page) => seen.listMatching(condition, page),
    countMatching: (condition) => seen.countMatching(condition),
    matchingIds: (conditions, most) => seen.matchingIds(conditions, most),
    searchAssets: (request) => seen.searchAssets(request),
    updateAsset: async (assetId, changes, now) =>
      (await visible([assetId])).has(assetId) ? seen.updateAsset(assetId, changes, now) : null,
    retireAsset: async (assetId, at) =>
      (await visible([assetId])).has(assetId) ? seen.retireAsset(assetId, at) : null,
    restoreAsset: async (assetId, at) =>
      (await visible([assetId])).has(assetId) ? seen.restoreAsset(assetId, at) : null,
    assetHealth: (since, count, namespace) => seen.assetHealth(since, count, namespace),

    materializations: async (refs) =>
      shown(await ofVisible(refs, itsAsset, (some) => seen.materializations(some), null)),
    latestMaterializations: async (slices) =>
      shown(await ofVisible(slices, itsAsset, (some) => seen.latestMaterializations(some), null)),
    newestWithVersion: async (assetId, version) => {
      if (!(await visible([assetId])).has(assetId)) return null
      const [found = null] = await shown([await seen.newestWithVersion(assetId, version)])
      return found
    },
    listMaterializations: (filter, page) => seen.listMaterializations(filter, page),
    countMaterializations: (filter) => seen.countMaterializations(filter),
    recorded: async (since, signal) => {
      const recorded = await seen.recorded(since, signal)
      return { ...recorded, pages: recordedIn(namespaces, recorded.pages) }
    },
    histories: (ids, filter, page) =>
      ofVisible(ids, itself, (some) => seen.histories(some, filter, page), NOTHING_MADE),
    historyLengths: (ids, filter) => ofVisible(ids, itself, (some) => seen.historyLengths(some, filter), 0),
    schemas: (ids) => ofVisible(ids, itself, (some) => seen.schemas(some), []),
    schemasHeld: (refs) => ofVisible(refs, itsAsset, (some) => seen.schemasHeld(some), []),

    inputs: async (materializations) => {
      const found = await ofVisible(materializations, itsAsset, (some) => seen.inputs(some), NO_INPUTS)
      const ids = await visible(found.flatMap(({ items }) => items.map(({ upstreamId }) => upstreamId)))
      return found.map(({ items }) => {
        const own = items.filter(({ upstreamId }) => ids.has(upstreamId))
        return { items: own, hidden: items.length - own.length }
      })
    },
    consumers: (refs, page) => ofVisible(refs, itsAsset, (some) => seen.consumers(some, page), NONE),
    hiddenConsumers: async (refs) => {
      const first = { after: null, count: 1 }
      const [all, own] = await Promise.all([whole.consumers(refs, first), seen.consumers(refs, first)])
      return all.map(({ total }, at) => total - (own[at]?.total ?? 0))
    },

    runs: async (ids) =>
      (await seen.runs(ids)).map((run) => (run !== null && isOfVisibleJob(run) ? asSeen(run) : null)),
    listRuns: async (filter, page) =>
      isNamed(filter.parent, namespaces) ? (await seen.listRuns(filter, page)).map(asSeen) : [],
    countRuns: async (filter) => (isNamed(filter.parent, namespaces) ? seen.countRuns(filter) : 0),
    childRuns: async (ids, page) => (await seen.childRuns(ids, page)).map((runs) => runs.map(asSeen)),
    childRunCounts: (ids) => seen.childRunCounts(ids),
    madeByRuns: (ids, page) => seen.madeByRuns(ids, page),
    madeByRunCounts: (ids) => seen.madeByRunCounts(ids),
    datasetsOfRuns: async (ids, { side, page: { after, count } }) => {
      // Whoever asks may have made the place up.
      const isKnown = after === null || (await visible([after])).has(after)
      return seen.datasetsOfRuns(ids, { side, page: { after: isKnown ? after : LEAST_ID, count } })
    },

    neighbours: (ids, request) => ofVisible(ids, itself, (some) => seen.neighbours(some, request), NONE),
    unusedEdges: async (request) => shownPiece(await seen.unusedEdges(request), sight),
    areCurrent: async (edges, asOf) => {
      const ids = await visible(edges.flatMap(({ upstreamId, downstreamId }) => [upstreamId, downstreamId]))
      const isVisible = ({ upstreamId, downstreamId }: Edge) => ids.has(upstreamId) && ids.has(downstreamId)
      const current = await seen.areCurrent(edges, asOf)
      return edges.map((edge, at) => isVisible(edge) && current[at] === true)
    },

    registeredNodes: async (dagId, nodeTaskIds, andOwn) => {
      const nodes = await seen.registeredNodes(dagId, nodeTaskIds, andOwn)
      const ids = await visible(nodes.flatMap(({ assets }) => assets.map(itsAsset)))
      return nodes.map((node) => {
        const assets = node.assets.map((one) => ({ ...one, isHidden: !ids.has(one.assetId) }))
        // Of a node of which nothing may be seen, nothing else that is registered may be either.
        return assets.some(({ isHidden }) => !isHidden)
          ? { ...node, assets }
          : { ...node, assets, dagName: null, upstreamNodes: null, isHidden: true }
      })
    },
    madeInRun: async (dagId, nodeTaskId) => {
      const made = await seen.madeInRun(dagId, nodeTaskId)
      const ids = await visible(made.map(itsAsset))
      return made.map((one) => ({ ...one, isHidden: !ids.has(one.assetId) }))
    },
    latestInRun: async (dagId, of) => listed(await seen.latestInRun(dagId, of)),
    assetsMadeBy: async (nodeTaskIds) => onlyIds(await seen.assetsMadeBy(nodeTaskIds), visible),
    assetsUsedBy: async (nodeTaskId) => onlyIds(await seen.assetsUsedBy(nodeTaskId), visible),

    recordChecks: async (checks) => {
      const ids = await visible(checks.results.map(itsAsset))
      if (!checks.results.every(({ assetId }) => ids.has(assetId))) throw nothingToCheck()
      return seen.recordChecks(checks)
    },
    checkResults: async (refs) => {
      const found = await shown(await ofVisible(refs, itsAsset, (some) => seen.checkResults(some), null))
      return found.map((check) => check && checkAsSeen(check))
    },
    checkHistories: async (things, page) => {
      const found = await ofVisible(things, itsAsset, (some) => seen.checkHistories(some, page), NO_CHECKS)
      return found.map((checks) => checks.map(checkAsSeen))
    },
    checkCounts: (things) => ofVisible(things, itsAsset, (some) => seen.checkCounts(some), 0),

    webhooks: seen.webhooks,
    ping: () => seen.ping(),
    close: () => seen.close(),
  }
}

const NOTHING_MADE: Materialization[] = []
const NO_CHECKS: CheckResult[] = []
const NO_INPUTS = { items: [], hidden: 0 }

function isNamed(run: RunRef | undefined, namespaces: ReadonlySet<string>): boolean {
  return run === undefined || namespaces.has(run.jobNamespace)
}

/** What a run asserted of an asset is of that asset; which run that was is not, where it may not be seen. */
function checkOf(check: CheckResult, namespaces: ReadonlySet<string>): CheckResult {
  const { jobNamespace, jobName, runId, ...details } = check.details ?? {}
  const isOwn = !isAsserted(check.checkId) || namespaces.has(String(jobNamespace))
  return isOwn ? check : { ...check, details }
}

async function* recordedIn(
  namespaces: ReadonlySet<string>,
  pages: AsyncGenerator<RecordedEvent[]>,
): AsyncGenerator<RecordedEvent[]> {
  const isVisible = ({ namespace }: AssetRef) => namespaces.has(namespace)
  for await (const page of pages) {
    const own = page.filter(({ asset }) => isVisible(asset))
    if (own.length > 0) yield own.map((one) => ({ ...one, otherNames: one.otherNames.filter(isVisible) }))
  }
}

async function onlyIds(ids: string[], visible: Sight['of']): Promise<string[]> {
  const known = await visible(ids)
  return ids.filter((id) => known.has(id))
}

/**
 * An edge that was looked at without being shown is no place to tell anybody: instead, where to go on is said by the
 * next assets that may be seen. Nothing is passed over, since both ends of what is shown may be seen.
 */
async function shownPiece({ edges, lookedUpTo }: UnusedEdgesPiece, sight: Sight): Promise<UnusedEdgesPiece> {
  if (lookedUpTo === null) return { edges, lookedUpTo }
  const { downstreamId, upstreamId } = lookedUpTo
  const downstream = await sight.next(downstreamId)
  if (downstream === null) return { edges, lookedUpTo: null }
  if (downstream !== downstreamId)
    return { edges, lookedUpTo: { downstreamId: downstream, upstreamId: LEAST_ID } }
  const upstream = await sight.next(upstreamId)
  const isShown = upstream === upstreamId
  return { edges, lookedUpTo: { downstreamId, upstreamId: isShown ? upstreamId : before(upstream) } }
}

const LEAST_ID = '00000000-0000-0000-0000-000000000000'

/** The id right before one; the greatest for none. */
function before(id: string | null): string {
  const number = id === null ? (1n << 128n) - 1n : BigInt(`0x${id.replaceAll('-', '')}`) - 1n
  const hex = number.toString(16).padStart(32, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
