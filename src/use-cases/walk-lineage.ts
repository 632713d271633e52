import { z } from 'zod'
import { assetNotFound, badUserInput } from '../errors/headwater-error.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Direction, EdgeScope } from '../lineage/entities.js'
import { checkAssetRef } from '../lineage/recording/check-recording.js'
import { type StopReason, type Walk, type WalkPosition, type WalkWants, walk } from '../lineage/walk/walk.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'

/** A walk as clients ask for it: null means the same as absent. */
export interface WalkArgs {
  root: { key: string; namespace?: string | null | undefined }
  direction: Direction
  depth?: number | null | undefined
  limit?: number | null | undefined
  scope?: EdgeScope | null | undefined
  after?: string | null | undefined
  atLeast?: string | null | undefined
}

/** Nodes of an answer where the client names no number. */
export const DEFAULT_WALK_LIMIT = 500
/** The most nodes that a client may ask for at once. */
export const LARGEST_WALK = 10_000

const walkPosition: z.ZodType<WalkPosition> = z.object({
  distance: z.number().int().min(0),
  namespace: z.string(),
  key: z.string(),
  answered: z.string(),
})

/** A walk, with what it says of itself. */
export interface WalkAnswer extends Walk {
  completeness: { complete: boolean; stoppedBy: readonly StopReason[]; nextCursor: string | null }
}

/** Throws BAD_USER_INPUT, and ASSET_NOT_FOUND where the root is not recorded. */
export async function walkLineage(store: Store, args: WalkArgs, wants: WalkWants): Promise<WalkAnswer> {
  const { direction } = args
  const root = checkAssetRef('root', args.root)
  const scope = args.scope ?? 'ALL'
  const depth = args.depth ?? null
  const limit = args.limit ?? DEFAULT_WALK_LIMIT
  if (depth !== null && depth < 0) throw badUserInput('depth', String(depth), '0 or more hops')
  if (limit < 1 || limit > LARGEST_WALK)
    throw badUserInput('limit', String(limit), `1 to ${LARGEST_WALK} nodes`)

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
