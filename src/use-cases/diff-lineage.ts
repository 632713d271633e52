import { assetNotFound, badUserInput } from '../errors/headwater-error.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Direction, EdgeScope } from '../lineage/entities.js'
import { checkInstant } from '../lineage/recording/bounds.js'
import { checkAssetRef } from '../lineage/recording/check-asset-ref.js'
import { type Diff, diff } from '../lineage/walk/diff.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'
import { checkDepth, checkLimit } from './lineage-arguments.js'
import { type Completeness, LARGEST_WALK } from './walk-lineage.js'

/** A comparison as clients ask for it: null means the same as absent. */
export interface DiffArgs {
  root: { key: string; namespace?: string | null | undefined }
  direction: Direction
  depth?: number | null | undefined
  from: Date
  to: Date
  scope?: EdgeScope | null | undefined
  limit?: number | null | undefined
}

/** A comparison, with what it says of itself. */
export interface DiffAnswer extends Diff {
  completeness: Completeness
}

/** Throws BAD_USER_INPUT, and ASSET_NOT_FOUND where the root was not known at the later time. */
export async function diffLineage(
  store: Store,
  args: DiffArgs,
  withSightings: boolean,
  timeoutMs: number,
): Promise<DiffAnswer> {
  const root = checkAssetRef('root', args.root)
  const from = checkInstant('from', args.from)
  const to = checkInstant('to', args.to)
  if (from > to) throw badUserInput('from', from.toISOString(), `a time not after to, ${to.toISOString()}`)
  const request = {
    rootId: assetIdOf(root),
    direction: args.direction,
    depth: checkDepth(args.depth),
    scope: args.scope ?? 'CURRENT',
    from,
    to,
    limit: checkLimit(args.limit ?? LARGEST_WALK, LARGEST_WALK, 'of each list'),
    withSightings,
    time: new TimeLimit(timeoutMs),
  }
  const found = await store.readHistory((at) => diff(at, request))
  if (found === null) throw assetNotFound('root', root, to)
  const { stoppedBy } = found
  return { ...found, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor: null } }
}
