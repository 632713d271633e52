/** From which ages on an asset is no longer fresh, and is very stale. */
export interface FreshnessThresholds {
  /** An asset at most this old is FRESH, in seconds. */
  freshSeconds: number
  /** One at most this old is STALE, an older one VERY_STALE, in seconds. */
  staleSeconds: number
}

/** How long ago an asset was last materialized. */
export interface Freshness {
  status: 'NEVER_MATERIALIZED' | 'FRESH' | 'STALE' | 'VERY_STALE'
  latestAt: Date | null
  /** Whole seconds, 0 for a time to come; null where there is no materialization. */
  ageSeconds: bigint | null
}

/** `latestAt`: materializedAt of the latest materialization; null where there is none. */
export function freshnessOf(latestAt: Date | null, now: Date, thresholds: FreshnessThresholds): Freshness {
  if (latestAt === null) return { status: 'NEVER_MATERIALIZED', latestAt, ageSeconds: null }
  const age = Math.max(0, now.getTime() - latestAt.getTime()) / 1_000
  const ageSeconds = BigInt(Math.floor(age))
  if (age <= thresholds.freshSeconds) return { status: 'FRESH', latestAt, ageSeconds }
  return { status: age <= thresholds.staleSeconds ? 'STALE' : 'VERY_STALE', latestAt, ageSeconds }
}
