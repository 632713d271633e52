import { badUserInput } from '../errors/headwater-error.js'
import { checkInstant } from '../lineage/recording/bounds.js'
import type { WalkFilter } from '../lineage/walk/filtered-graph.js'
import { type AssetFilterInput, checkAssetFilter } from './list-assets.js'

/** As clients give it: null means the same as absent. */
export interface WalkFilterInput {
  traverse?: AssetFilterInput | null | undefined
  show?: AssetFilterInput | null | undefined
  stopAt?: AssetFilterInput | null | undefined
}

/** Null for no end. Throws BAD_USER_INPUT. */
export function checkDepth(depth: number | null | undefined, field = 'depth'): number | null {
  if (depth != null && depth < 0) throw badUserInput(field, String(depth), '0 or more hops')
  return depth ?? null
}

/** Throws BAD_USER_INPUT. */
export function checkLimit(limit: number, most: number, unit: string): number {
  if (limit < 1 || limit > most) throw badUserInput('limit', String(limit), `1 to ${most} ${unit}`)
  return limit
}

/** Null for now. Throws BAD_USER_INPUT. */
export function checkTime(field: string, time: Date | null | undefined): Date | null {
  return time == null ? null : checkInstant(field, time)
}

/** Null where it narrows nothing. Throws BAD_USER_INPUT. */
export function checkWalkFilter(
  input: WalkFilterInput | null | undefined,
  ends: WalkFilter['ends'] | null | undefined,
): WalkFilter | null {
  const filter: WalkFilter = {
    ...part('traverse', input?.traverse),
    ...part('show', input?.show),
    // A filter without conditions is one that is not there: it would stop at everything.
    ...(hasConditions(input?.stopAt) ? part('stopAt', input?.stopAt) : {}),
    ...(ends == null ? {} : { ends }),
  }
  return Object.keys(filter).length === 0 ? null : filter
}

function hasConditions(input: AssetFilterInput | null | undefined): boolean {
  return Object.values(input ?? {}).some((condition) => condition != null)
}

function part(name: keyof WalkFilterInput, input: AssetFilterInput | null | undefined): WalkFilter {
  return input == null ? {} : { [name]: checkAssetFilter(`filter.${name}`, input) }
}
