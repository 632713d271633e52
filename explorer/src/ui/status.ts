import type { AssetMark } from '../api/queries.js'

/** How an asset is. */
export type Status = 'FRESH' | 'STALE' | 'MISSING' | 'RETIRED'

/** The same in a word. */
export const STATUS_WORDS: Record<Status, string> = {
  FRESH: 'fresh',
  STALE: 'stale',
  MISSING: 'never materialized',
  RETIRED: 'retired',
}

/** Which of the four an asset is: what is retired is nothing else. */
export function statusOf({ retiredAt, staleness }: Pick<AssetMark, 'retiredAt' | 'staleness'>): Status {
  return retiredAt === null ? staleness.status : 'RETIRED'
}
