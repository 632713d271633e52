import { type AssetFilter, fulfils } from '../lineage/asset-filter.js'
import type { Materialization } from '../lineage/entities.js'
import type { MaterializationFilter, RecordedEvent, Store } from '../store/store.js'
import { type AssetFilterInput, checkAssetFilter } from './list-assets.js'
import { checkMaterializationFilter, type MaterializationFilterInput } from './list-materializations.js'

/** What to be told of. */
export interface FollowArgs {
  filter?: MaterializationFilterInput | null | undefined
  assets?: AssetFilterInput | null | undefined
  after?: string | null | undefined
}

/**
 * What is recorded from a watermark on, each once and in order, until `signal` says so; `since`: that watermark, or where
 * there is none that of now. Throws BAD_USER_INPUT before
 * there is anything.
 */
export async function followMaterializations(
  store: Store,
  args: FollowArgs,
  signal: AbortSignal,
): Promise<{ since: string; events: AsyncGenerator<RecordedEvent> }> {
  const filter = checkMaterializationFilter(args.filter)
  const assets = checkAssetFilter('assets', args.assets ?? {})
  const { since, pages } = await store.recorded(args.after ?? null, signal)
  return { since, events: oneByOne(pages, filter, assets) }
}

async function* oneByOne(
  pages: AsyncGenerator<RecordedEvent[]>,
  filter: MaterializationFilter,
  assets: AssetFilter,
): AsyncGenerator<RecordedEvent> {
  for await (const page of pages) {
    for (const event of page) {
      if (isAskedFor(event.materialization, filter) && fulfils(event.asset, assets, event.otherNames))
        yield event
    }
  }
}

/** What the store says in SQL of lists. */
function isAskedFor(one: Materialization, { since, until, ...equal }: MaterializationFilter): boolean {
  return (
    (since === undefined || one.materializedAt >= since) &&
    (until === undefined || one.materializedAt < until) &&
    one.jobId === (equal.jobId ?? one.jobId) &&
    one.dagId === (equal.dagId ?? one.dagId) &&
    one.nodeTaskId === (equal.nodeTaskId ?? one.nodeTaskId) &&
    one.partitionKey === (equal.partitionKey ?? one.partitionKey) &&
    one.version === (equal.version ?? one.version)
  )
}
