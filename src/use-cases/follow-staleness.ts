import { badUserInput } from '../errors/headwater-error.js'
import type { Asset, EdgeScope } from '../lineage/entities.js'
import { type Staleness, statusesOf } from '../lineage/staleness/staleness.js'
import { Pace } from '../lineage/walk/pace.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'
import { type AssetFilterInput, listAssets } from './list-assets.js'
import { whenRecorded } from './when-recorded.js'

/** Whose staleness to follow. */
export interface FollowStalenessArgs {
  assets?: AssetFilterInput | null | undefined
  selection?: string | null | undefined
  scope?: EdgeScope | null | undefined
  /** Whether to begin with those that are stale already. */
  withStale?: boolean | null | undefined
}

/** An asset that has become stale, or is not any more. */
export interface StalenessChange {
  asset: Asset
  status: Staleness['status']
  /** Null where the asset was not among those that are followed, or nobody had looked. */
  previousStatus: Staleness['status'] | null
}

type Statuses = ReadonlyMap<string, { asset: Asset; status: Staleness['status'] }>

const MOST_ASSETS = 1_000
/** To judge all of them costs more than to be told of what is recorded; retiring an asset is told by nothing. In ms. */
const PACE = { rest: 500, patience: 15_000 }

/**
 * Tells of each asset of a selection whose status has changed. Throws BAD_USER_INPUT before there is anything, also where
 * there are more than 1,000 assets.
 */
export async function followStaleness(
  store: Store,
  args: FollowStalenessArgs,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AsyncGenerator<StalenessChange>> {
  const { pages } = await store.recorded(null, signal)
  const look = () => judged(store, args, timeoutMs)
  const first = await look()
  return changes(
    whenRecorded(pages, () => true, PACE, signal),
    first,
    look,
    args.withStale ?? false,
  )
}

async function* changes(
  looks: AsyncGenerator<void>,
  first: Statuses,
  look: () => Promise<Statuses>,
  withStale: boolean,
): AsyncGenerator<StalenessChange> {
  if (withStale)
    for (const { asset, status } of first.values())
      if (status === 'STALE') yield { asset, status, previousStatus: null }
  let last = first
  for await (const _ of looks) {
    const now = await look()
    for (const [id, { asset, status }] of now) {
      const previousStatus = last.get(id)?.status ?? null
      if (status !== previousStatus) yield { asset, status, previousStatus }
    }
    last = now
  }
}

async function judged(store: Store, args: FollowStalenessArgs, timeoutMs: number): Promise<Statuses> {
  const { assets: filter, selection, scope } = args
  const { nodes, pageInfo } = await listAssets(
    store,
    { filter, selection, scope, first: MOST_ASSETS },
    timeoutMs,
  )
  if (pageInfo.hasNextPage)
    throw badUserInput(
      selection == null ? 'assets' : 'selection',
      'more',
      `at most ${MOST_ASSETS} assets to follow`,
    )
  const ids = nodes.map(({ assetId }) => assetId)
  const statuses = await store.readSlices((reader) =>
    statusesOf(reader, ids, new Pace(new TimeLimit(timeoutMs))),
  )
  return new Map(nodes.map((asset, at) => [asset.assetId, { asset, status: statuses[at] ?? 'MISSING' }]))
}
