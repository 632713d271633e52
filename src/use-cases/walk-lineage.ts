import { z } from 'zod'
import { assetNotFound } from '../errors/headwater-error.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import { type StopReason, type Walk, type WalkPosition, type WalkWants, walk } from '../lineage/walk/walk.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { checkLimit, checkWalk, type WalkedArgs } from './lineage-arguments.js'

/** A walk as clients ask for it: null means the same as absent. */
export interface WalkArgs extends WalkedArgs {
  limit?: number | null | undefined
  after?: string | null | undefined
  atLeast?: string | null | undefined
}

/** Nodes of an answer where the client names no number. */
export const DEFAULT_WALK_LIMIT = 500
/** The most nodes that a client may ask for at once. */
export const LARGEST_WALK = 10_000

/** Where an answer that is continued has ended. */
export const walkPosition: z.ZodType<WalkPosition> = z.object({
  distance: z.number().int().min(0),
  namespace: z.string(),
  key: z.string(),
  answered: z.string(),
})

/** A walk, with what it says of itself. */
export interface WalkAnswer extends Walk {
  completeness: Completeness
}

/** Whether an answer is everything; if not, why, and how to go on. */
export interface Completeness {
  complete: boolean
  stoppedBy: readonly StopReason[]
  nextCursor: string | null
}

/** Throws BAD_USER_INPUT, and ASSET_NOT_FOUND where the root is not recorded, or was not at the time asked for. */
export async function walkLineage(
  store: Store,
  args: WalkArgs,
  wants: WalkWants,
  timeoutMs: number,
): Promise<WalkAnswer> {
  const { root, asOf, request: walked } = checkWalk('root', args)
  const { direction, scope, depth, filter } = walked
  const narrowed = filter === null && asOf === null ? [] : [filter, asOf?.getTime() ?? null]
  const cursors = cursorsOf(['lineage', root, direction, scope, depth, ...narrowed], walkPosition)
  const request = {
    ...walked,
    limit: checkLimit(args.limit ?? DEFAULT_WALK_LIMIT, LARGEST_WALK, 'nodes'),
    asOf,
    after: cursors.decode(args.after),
    time: new TimeLimit(timeoutMs),
    wants,
  }
  const answer = await store.readGraph((graph) => walk(graph, request), { atLeast: args.atLeast, asOf })
  if (answer === null) throw assetNotFound('root', root, asOf)
  const { stoppedBy, next } = answer
  const nextCursor = next === null ? null : cursors.encode(next)
  return { ...answer, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor } }
}
