import { z } from 'zod'
import { assetNotFound } from '../errors/headwater-error.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { EdgeScope } from '../lineage/entities.js'
import { MOST_PATHS } from '../lineage/paths/path-page.js'
import { findPaths, type PathPosition, type Paths } from '../lineage/paths/paths.js'
import { checkAssetRef } from '../lineage/recording/check-asset-ref.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { checkDepth, checkLimit, checkTime } from './lineage-arguments.js'
import type { Completeness } from './walk-lineage.js'

/** A question for paths as clients ask it: null means the same as absent. */
export interface PathsArgs {
  from: { key: string; namespace?: string | null | undefined }
  to: { key: string; namespace?: string | null | undefined }
  limit?: number | null | undefined
  maxLength?: number | null | undefined
  scope?: EdgeScope | null | undefined
  asOf?: Date | null | undefined
  after?: string | null | undefined
  atLeast?: string | null | undefined
}

/** Paths of an answer where the client names no number. */
export const DEFAULT_PATHS = 10
/** The most paths that a client may ask for at once. */
export const LARGEST_PATHS = 1_000

const pathPosition: z.ZodType<PathPosition> = z.object({
  count: z
    .number()
    .int()
    .min(1)
    .max(MOST_PATHS - 1),
  answered: z.string(),
})

/** Paths, with what they say of themselves. */
export interface PathsAnswer extends Paths {
  completeness: Completeness
}

/** Throws BAD_USER_INPUT, and ASSET_NOT_FOUND where an end is not recorded, or was not at the time asked for. */
export async function findLineagePaths(
  store: Store,
  args: PathsArgs,
  timeoutMs: number,
): Promise<PathsAnswer> {
  const from = checkAssetRef('from', args.from)
  const to = checkAssetRef('to', args.to)
  const scope = args.scope ?? 'ALL'
  const limit = checkLimit(args.limit ?? DEFAULT_PATHS, LARGEST_PATHS, 'paths')
  const maxLength = checkDepth(args.maxLength, 'maxLength')
  const asOf = checkTime('asOf', args.asOf)
  const list = ['lineagePaths', from, to, scope, maxLength, asOf?.getTime() ?? null]
  const cursors = cursorsOf(list, pathPosition)
  const request = {
    fromId: assetIdOf(from),
    toId: assetIdOf(to),
    scope,
    limit,
    maxLength,
    after: cursors.decode(args.after),
    time: new TimeLimit(timeoutMs),
  }
  const found = await store.readGraph((graph) => findPaths(graph, request), { atLeast: args.atLeast, asOf })
  if ('missing' in found) throw assetNotFound(found.missing, { from, to }[found.missing], asOf)
  const { stoppedBy, next } = found
  const nextCursor = next === null ? null : cursors.encode(next)
  return { ...found, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor } }
}
