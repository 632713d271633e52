import type { Asset, EdgeScope, Materialization, MaterializationRef, Way } from '../lineage/entities.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import type { WalkedEdge } from '../lineage/walk/walk.js'
import type { Loaders } from '../loaders/loaders.js'
import type { Neighbour } from '../store/store.js'
import { parseAssetPage } from './asset-pages.js'
import { cursorsOf } from './cursor.js'
import { checkMaterializationFilter, type MaterializationFilterInput } from './list-materializations.js'
import {
  assetPosition,
  materializationPosition,
  Page,
  type PageArgs,
  type PageInfo,
  parsePage,
  positionOf,
} from './pages.js'

/** The direct neighbours of an asset, one way; `withSightings`: and when each edge was seen. Throws BAD_USER_INPUT. */
export async function neighboursOf(
  loaders: Loaders,
  asset: Asset,
  way: Way,
  args: PageArgs & { scope?: EdgeScope | null | undefined },
  withSightings: boolean,
): Promise<NeighbourPage> {
  const scope = args.scope ?? 'ALL'
  const list = ['neighbours', way, scope]
  const { size, request, encode } = await parseAssetPage(loaders, asset.assetId, list, assetPosition, args)
  loaders.budget.spend(1)
  const { items, total } = await loaders.neighbours.load({
    key: asset.assetId,
    args: { way, scope, page: request, withSightings },
  })
  loaders.budget.spend(items.length)
  const cursorOf = ({ asset: { namespace, key } }: Neighbour) => encode({ namespace, key })
  const page = new Page(items, size, request.after !== null, cursorOf, async () => total)
  const between = (far: Asset) =>
    way === 'UPSTREAM' ? { upstream: far, downstream: asset } : { upstream: asset, downstream: far }
  return {
    nodes: page.nodes.map((node) => node.asset),
    get edges() {
      return page.edges.map(({ cursor, node }) => ({
        cursor,
        node: node.asset,
        edge: { ...node.edge, ...between(node.asset), viaCount: 0 },
      }))
    },
    get pageInfo() {
      return page.pageInfo
    },
    totalCount: total,
  }
}

/** A page of neighbours, each with the edge that leads to it. */
export interface NeighbourPage {
  readonly edges: { cursor: string; node: Asset; edge: WalkedEdge }[]
  readonly nodes: Asset[]
  readonly pageInfo: PageInfo
  readonly totalCount: number
}

/** Whether an edge, or each of those that it stands for, is current; or was, where its answer is as of a time. */
export async function isEdgeCurrent(loaders: Loaders, edge: WalkedEdge): Promise<boolean> {
  const { way = () => [edge], asOf = null } = edge
  const current = await Promise.all(way().map((key) => loaders.isCurrent.load({ key, args: { asOf } })))
  return current.every(Boolean)
}

/** The latest of an asset, or of one of its partitions; null where there is none. Throws BAD_USER_INPUT. */
export async function latestOf(
  loaders: Loaders,
  { assetId }: Asset,
  partitionKey: string | null | undefined,
): Promise<Materialization | null> {
  if (partitionKey != null) checkName('partitionKey', partitionKey, BOUNDS.partitionKeyCharacters)
  return loaders.latestMaterialization.load({ assetId, partitionKey: partitionKey ?? null })
}

/** The materializations of an asset, newest first. Throws BAD_USER_INPUT. */
export async function historyOf(
  loaders: Loaders,
  { assetId }: Asset,
  input: MaterializationFilterInput | null | undefined,
  args: PageArgs,
) {
  const filter = checkMaterializationFilter(input)
  const list = ['history', filter]
  const { size, request, encode } = await parseAssetPage(
    loaders,
    assetId,
    list,
    materializationPosition,
    args,
  )
  loaders.budget.spend(1)
  const found = await loaders.history.load({ key: assetId, args: { filter, page: request } })
  loaders.budget.spend(found.length)
  const cursorOf = (one: Materialization) => encode(positionOf(one))
  return new Page(found, size, request.after !== null, cursorOf, () =>
    loaders.historyLength.load({ key: assetId, args: filter }),
  )
}

/** The materializations that were made from one, newest first. Throws BAD_USER_INPUT. */
export async function consumersOf(loaders: Loaders, ref: MaterializationRef, args: PageArgs) {
  const cursors = cursorsOf(['consumers', ref.materializationId], materializationPosition)
  const { size, request } = parsePage(args, cursors)
  loaders.budget.spend(1)
  const { items, total } = await loaders.consumers.load({ key: ref, args: request })
  loaders.budget.spend(items.length)
  const cursorOf = (one: Materialization) => cursors.encode(positionOf(one))
  return new Page(items, size, request.after !== null, cursorOf, async () => total)
}
