import { z } from 'zod'
import { badUserInput } from '../errors/headwater-error.js'
import type { AssetName } from '../lineage/walk/graph-reader.js'
import type { MaterializationPosition, PageRequest } from '../store/store.js'
import type { CursorCodec } from './cursor.js'

/** The page that a client asks for. */
export interface PageArgs {
  first?: number | null | undefined
  after?: string | null | undefined
}

/** Items of a page where the client names no number. */
export const DEFAULT_PAGE_SIZE = 50
/** The most items that a client may ask for at once. */
export const LARGEST_PAGE = 1_000

/** A page of a list, with the cursors of its items. */
export interface Page<Item> {
  edges: { cursor: string; node: Item }[]
  nodes: Item[]
  pageInfo: PageInfo
}

/** Where a page stands in its list, as Relay's connections say it. */
export interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

/** Throws BAD_USER_INPUT for a size out of bounds or a cursor of another list. */
export function parsePage<Position>({ first, after }: PageArgs, cursors: CursorCodec<Position>) {
  const size = first ?? DEFAULT_PAGE_SIZE
  if (size < 1 || size > LARGEST_PAGE) throw badUserInput('first', String(size), `1 to ${LARGEST_PAGE}`)
  // One more than is shown tells whether there is a next page.
  const request: PageRequest<Position> = { after: cursors.decode(after), count: size + 1 }
  return { size, request }
}

/** `items` may hold one more than `size`. */
export function pageOf<Item>(
  items: readonly Item[],
  size: number,
  isContinued: boolean,
  cursorOf: (item: Item) => string,
): Page<Item> {
  const edges = items.slice(0, size).map((node) => ({ cursor: cursorOf(node), node }))
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: items.length > size,
      hasPreviousPage: isContinued,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** A time in a cursor. */
export const instant = z.iso
  .datetime()
  .transform((text) => new Date(text))
  .refine((time) => time.getUTCFullYear() >= 1970)

/** A position in lists that are in the order newest first. */
export const materializationPosition: z.ZodType<MaterializationPosition> = z.object({
  materializedAt: instant,
  materializationId: z.uuid(),
})

/** A position in lists that are in the order of names. */
export const assetPosition: z.ZodType<AssetName> = z.object({ namespace: z.string(), key: z.string() })

/** Where a materialization stands in such a list. */
export function positionOf({
  materializedAt,
  materializationId,
}: MaterializationPosition): MaterializationPosition {
  return { materializedAt, materializationId }
}
