import { z } from 'zod'
import { HeadwaterError } from '../errors/headwater-error.js'
import type { Direction, MaterializationRef } from '../lineage/entities.js'
import type { Provenance, ProvenanceCursor } from '../lineage/walk/provenance.js'
import type { Loaders } from '../loaders/loaders.js'
import { cursorsOf } from './cursor.js'
import { checkDepth, checkLimit } from './lineage-arguments.js'
import { instant } from './pages.js'
import { type Completeness, DEFAULT_WALK_LIMIT, LARGEST_WALK } from './walk-lineage.js'

/** A walk from one materialization as clients ask for it: null means the same as absent. */
export interface ProvenanceArgs {
  direction: Direction
  depth?: number | null | undefined
  limit?: number | null | undefined
  after?: string | null | undefined
}

const provenanceCursor: z.ZodType<ProvenanceCursor> = z.object({
  distance: z.number().int().min(0),
  assetId: z.uuid(),
  materializationId: z.uuid(),
  materializedAt: instant,
  answered: z.string(),
  count: z.number().int().min(0),
})

/**
 * What a materialization was made from, or what was made from it: materialization by materialization. Throws
 * BAD_USER_INPUT, and QUERY_TOO_COMPLEX where too much is asked for in one request.
 */
export async function provenanceOf(
  loaders: Loaders,
  root: MaterializationRef,
  args: ProvenanceArgs,
  timeoutMs: number,
): Promise<Provenance & { completeness: Completeness }> {
  const { direction } = args
  const depth = checkDepth(args.depth)
  const limit = checkLimit(args.limit ?? DEFAULT_WALK_LIMIT, LARGEST_WALK, 'nodes')
  const cursors = cursorsOf(['provenance', root.materializationId, direction, depth], provenanceCursor)
  const request = { direction, depth, limit, timeoutMs, after: cursors.decode(args.after) }
  loaders.budget.spend(1)
  const found = await loaders.provenance.load({ key: root, args: request })
  if (found === null) {
    throw new HeadwaterError('MATERIALIZATION_NOT_FOUND', 'the materialization is not recorded any more')
  }
  const { stoppedBy, next } = found
  const nextCursor = next === null ? null : cursors.encode(next)
  return { ...found, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor } }
}
