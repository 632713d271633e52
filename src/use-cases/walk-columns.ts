import { z } from 'zod'
import { assetNotFound, badUserInput } from '../errors/headwater-error.js'
import { assetIdOf } from '../lineage/asset-ref.js'
import type { Direction } from '../lineage/entities.js'
import { BOUNDS, checkName } from '../lineage/recording/bounds.js'
import { checkAssetRef } from '../lineage/recording/check-asset-ref.js'
import { type ColumnCursor, type ColumnWalk, walkColumns } from '../lineage/walk/column-walk.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'
import { byAnyName } from './by-any-name.js'
import { cursorsOf } from './cursor.js'
import { checkDepth, checkLimit } from './lineage-arguments.js'
import { type Completeness, DEFAULT_WALK_LIMIT, LARGEST_WALK } from './walk-lineage.js'

/** A walk from a column as clients ask for it: null means the same as absent. */
export interface ColumnLineageArgs {
  asset: { key: string; namespace?: string | null | undefined }
  column: string
  direction: Direction
  depth?: number | null | undefined
  limit?: number | null | undefined
  includeIndirect?: boolean | null | undefined
  after?: string | null | undefined
}

const columnCursor: z.ZodType<ColumnCursor> = z.object({
  distance: z.number().int().min(0),
  assetId: z.uuid(),
  column: z.string(),
  answered: z.string(),
  count: z.number().int().min(0),
})

/**
 * What a column was made from, or what was made from it: column by column. Throws ASSET_NOT_FOUND,
 * BAD_USER_INPUT, also where nothing has named the column, and QUERY_TOO_COMPLEX for more edges than an answer may have.
 */
export async function columnLineage(
  store: Store,
  args: ColumnLineageArgs,
  timeoutMs: number,
): Promise<ColumnWalk & { completeness: Completeness }> {
  const asset = checkAssetRef('asset', args.asset)
  const column = checkName('column', args.column, BOUNDS.columnCharacters)
  const { direction } = args
  const depth = checkDepth(args.depth)
  const limit = checkLimit(args.limit ?? DEFAULT_WALK_LIMIT, LARGEST_WALK, 'nodes')
  const withIndirect = args.includeIndirect ?? true
  const cursors = cursorsOf(['columns', asset, column, direction, depth, withIndirect], columnCursor)
  const after = cursors.decode(args.after)
  const time = new TimeLimit(timeoutMs)
  const walked = await byAnyName(store, assetIdOf(asset), (assetId) =>
    store.readColumns(withIndirect, async (graph) => {
      const root = { assetId, column }
      const { isAssetKnown, isKnown } = await graph.known(root)
      if (!isAssetKnown) return null
      return {
        found: isKnown ? await walkColumns(graph, root, { direction, depth, limit, time, after }) : null,
      }
    }),
  )
  if (walked === null) throw assetNotFound('asset', asset)
  const { found } = walked
  if (found === null) {
    throw badUserInput(
      'column',
      JSON.stringify(column),
      `a column that something has named of ${JSON.stringify(asset.key)}`,
    )
  }
  const { stoppedBy, next } = found
  const nextCursor = next === null ? null : cursors.encode(next)
  return { ...found, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor } }
}
