import { badUserInput } from '../errors/headwater-error.js'

/** How far a walk goes, as clients say it: null means the same as absent. */
export interface WalkBoundsArgs {
  depth?: number | null | undefined
  limit?: number | null | undefined
}

/** Nodes of an answer where the client names no number. */
export const DEFAULT_WALK_LIMIT = 500
/** The most nodes that a client may ask for at once. */
export const LARGEST_WALK = 10_000

/** Throws BAD_USER_INPUT. */
export function checkWalkBounds(args: WalkBoundsArgs): { depth: number | null; limit: number } {
  const depth = args.depth ?? null
  const limit = args.limit ?? DEFAULT_WALK_LIMIT
  if (depth !== null && depth < 0) throw badUserInput('depth', String(depth), '0 or more hops')
  if (limit < 1 || limit > LARGEST_WALK)
    throw badUserInput('limit', String(limit), `1 to ${LARGEST_WALK} nodes`)
  return { depth, limit }
}
