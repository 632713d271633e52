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

/** A page of a list. Cursors cost more than all the rest of it, so they are made where somebody asks for them. */
export class Page<Item> {
  readonly nodes: readonly Item[]
  readonly #hasNextPage: boolean

  constructor(
    /** May hold one more than `size`. */
    items: readonly Item[],
    size: number,
    private readonly isContinued: boolean,
    private readonly cursorOf: (item: Item) => string,
    /** The length of the whole list. */
    readonly count: () => Promise<number>,
  ) {
    this.nodes = items.slice(0, size)
    this.#hasNextPage = items.length > size
  }

  get edges(): { cursor: string; node: Item }[] {
    return this.nodes.map((node) => ({ cursor: this.cursorOf(node), node }))
  }

  get pageInfo(): PageInfo {
    const [first, last] = [this.nodes[0], this.nodes.at(-1)]
    return {
      hasNextPage: this.#hasNextPage,
      hasPreviousPage: this.isContinued,
      startCursor: first === undefined ? null : this.cursorOf(first),
      endCursor: last === undefined ? null : this.cursorOf(last),
    }
  }
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
  const size = checkPageSize(first)
  // One more than is shown tells whether there is a next page.
  const request: PageRequest<Position> = { after: cursors.decode(after), count: size + 1 }
  return { size, request }
}

/** Throws BAD_USER_INPUT. */
export function checkPageSize(first: number | null | undefined): number {
  const size = first ?? DEFAULT_PAGE_SIZE
  if (size < 1 || size > LARGEST_PAGE) throw badUserInput('first', String(size), `1 to ${LARGEST_PAGE}`)
  return size
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
