import type { Asset } from '../lineage/entities.js'
import type { Loaders } from '../loaders/loaders.js'

/** More direct consumers than this are many. */
const FEW_CONSUMERS = 10

/** Of how many materializations, the newest, the jobs and DAG runs count. */
const RECENT = 100

/** What would be affected by a change of an asset. */
export interface Impact {
  directConsumers: number
  transitiveConsumers: number
  /** Next to the asset, or to one of its consumers: what may not be seen. */
  hiddenConsumers: number
  byDistance: { distance: number; assetCount: number }[]
  /** Undefined where nobody asks for it; so are the DAG runs. */
  recentJobs: number | undefined
  recentDags: number | undefined
  advice: 'SAFE_TO_MODIFY' | 'MANY_CONSUMERS'
}

/**
 * Everything that was ever made from an asset, directly or over others; the asset itself does not count. `withRecent`:
 * whether anybody asks for what takes the asset's history.
 */
export async function impactOf(loaders: Loaders, { assetId }: Asset, withRecent: boolean): Promise<Impact> {
  const newest = { filter: {}, page: { after: null, count: RECENT } }
  const [{ byDistance: counts, withheld }, recent] = await Promise.all([
    loaders.consumerCounts.load(assetId),
    withRecent ? loaders.history.load({ key: assetId, args: newest }) : undefined,
  ])
  const directConsumers = counts[0] ?? 0
  return {
    directConsumers,
    transitiveConsumers: counts.reduce((sum, count) => sum + count, 0),
    hiddenConsumers: withheld.all,
    byDistance: counts.map((assetCount, at) => ({ distance: at + 1, assetCount })),
    recentJobs: recent && new Set(recent.map(({ jobId }) => jobId)).size,
    recentDags: recent && new Set(recent.flatMap(({ dagId }) => dagId ?? [])).size,
    advice: directConsumers + withheld.direct > FEW_CONSUMERS ? 'MANY_CONSUMERS' : 'SAFE_TO_MODIFY',
  }
}
