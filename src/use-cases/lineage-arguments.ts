import { badUserInput } from '../errors/headwater-error.js'
import { type AssetRef, assetIdOf } from '../lineage/asset-ref.js'
import type { Direction, EdgeScope } from '../lineage/entities.js'
import { checkInstant } from '../lineage/recording/bounds.js'
import { checkAssetRef } from '../lineage/recording/check-recording.js'
import type { WalkFilter } from '../lineage/walk/filtered-graph.js'
import type { WalkRequest } from '../lineage/walk/walk.js'
import { type AssetFilterInput, checkAssetFilter } from './list-assets.js'

/** As clients give it: null means the same as absent. */
interface WalkFilterInput {
  traverse?: AssetFilterInput | null | undefined
  show?: AssetFilterInput | null | undefined
  stopAt?: AssetFilterInput | null | undefined
}

/** Where a walk starts and what it goes over, as clients give it: null means the same as absent. */
export interface WalkedArgs {
  root: { key: string; namespace?: string | null | undefined }
  direction: Direction
  depth?: number | null | undefined
  scope?: EdgeScope | null | undefined
  filter?: WalkFilterInput | null | undefined
  ends?: WalkFilter['ends'] | null | undefined
  asOf?: Date | null | undefined
}

/** The same, checked. */
export interface CheckedWalk {
  root: AssetRef
  /** Null for now. */
  asOf: Date | null
  request: Pick<WalkRequest, 'rootId' | 'direction' | 'depth' | 'scope' | 'filter'>
}

/** The root is called `rootField` in what is wrong with it. Throws BAD_USER_INPUT. */
export function checkWalk(rootField: string, args: WalkedArgs): CheckedWalk {
  const root = checkAssetRef(rootField, args.root)
  const request = {
    rootId: assetIdOf(root),
    direction: args.direction,
    depth: checkDepth(args.depth),
    scope: args.scope ?? 'ALL',
    filter: checkWalkFilter(args.filter, args.ends),
  }
  return { root, asOf: checkTime('asOf', args.asOf), request }
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
function checkWalkFilter(
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
