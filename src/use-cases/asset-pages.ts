import { z } from 'zod'
import type { Loaders } from '../loaders/loaders.js'
import type { PageRequest } from '../store/store.js'
import { cursorsOf, foreignCursor } from './cursor.js'
import { type PageArgs, parsePage } from './pages.js'

/** The page of a list that hangs on an asset. */
interface AssetPage<Position> {
  size: number
  request: PageRequest<Position>
  /** Makes a cursor of the list. */
  encode(position: Position): string
}

/**
 * As parsePage: `list` tells the list from others of the same asset. A cursor says of which asset it is, and goes on
 * where that has come to have another name. Throws BAD_USER_INPUT.
 */
export async function parseAssetPage<Position>(
  loaders: Loaders,
  assetId: string,
  list: unknown,
  schema: z.ZodType<Position>,
  args: PageArgs,
): Promise<AssetPage<Position>> {
  const cursors = cursorsOf(list, z.tuple([z.uuid(), schema]))
  const { size, request } = parsePage(args, cursors)
  const [ofId = assetId, after = null] = request.after ?? []
  if (ofId !== assetId && (await loaders.canonicalId.load(ofId)) !== assetId) throw foreignCursor()
  return {
    size,
    request: { after, count: request.count },
    encode: (position) => cursors.encode([assetId, position]),
  }
}
