import { z } from 'zod'
import { assetNotFound } from '../errors/headwater-error.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Direction, EdgeScope } from '../lineage/entities.js'
import { checkAssetRef } from '../lineage/recording/check-recording.js'
import { type StopReason, type Walk, type WalkPosition, type WalkWants, walk } from '../lineage/walk/walk.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { checkWalkBounds, type WalkBoundsArgs } from './walk-bounds.js'

/** A walk as clients ask for it: null means the same as absent. */
export interface WalkArgs extends WalkBoundsArgs {
  root: { key: string; namespace?: string | null | undefined }
  direction: Direction
  scope?: EdgeScope | null | undefined
  after?: string | null | undefined
  atLeast?: string | null | undefined
}

const walkPosition: z.ZodType<WalkPosition> = z.object({
  distance: z.number().int().min(0),
  namespace: z.string(),
  key: z.string(),
  answered: z.string(),
})

/** What an answer says of itself. */
export interface Completeness {
  complete: boolean
  stoppedBy: readonly StopReason[]
  /** Continues the same walk; null where it has come to its end. */
  nextCursor: string | null
}

/** A walk, with what it says of itself. */
export interface WalkAnswer extends Walk {
  completeness: Completeness
}

/** Throws BAD_USER_INPUT, and ASSET_NOT_FOUND where the root is not recorded. */
export async function walkLineage(store: Store, args: WalkArgs, wants: WalkWants): Promise<WalkAnswer> {
  const { direction } = args
  const root = checkAssetRef('root', args.root)
  const scope = args.scope ?? 'ALL'
  const { depth, limit } = checkWalkBounds(args)
  const cursors = cursorsOf(['lineage', root, direction, scope, depth], walkPosition)
  const request = {
    rootId: assetIdOf(root),
    direction,
    depth,
    limit,
    scope,
    after: cursors.decode(args.after),
    wants,
  }
  const answer = await store.readGraph((graph) => walk(graph, request), args.atLeast)
  if (answer === null) throw assetNotFound('root', root)
  const { stoppedBy, next } = answer
  const nextCursor = next === null ? null : cursors.encode(next)
  return { ...answer, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor } }
}
