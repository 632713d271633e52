/** A page of a list. */
export interface Page<Item> {
  nodes: Item[]
  /** Whether the list goes on behind this page. */
  hasNextPage: boolean
  /** Pass it as `after` to go on; null where the page is empty. */
  endCursor: string | null
}

/** Which page: of at most `first` items (1 to 1,000, 50 by default), behind the cursor `after`. */
export interface PageArgs {
  first?: number | undefined
  after?: string | undefined
}

/** A connection as the server answers it. */
interface Connection<Item> {
  nodes: Item[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** A page from what the server answers. */
export function pageOf<Item>({ nodes, pageInfo }: Connection<Item>): Page<Item> {
  return { nodes, hasNextPage: pageInfo.hasNextPage, endCursor: pageInfo.endCursor }
}

/** As much as the server answers at once. */
const LARGEST_PAGE = 1_000

/** Every item of a list, in the largest pages; the next is asked for when the one before is used up. */
export async function* eachItem<Item>(
  pageAt: (args: PageArgs) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined
  for (;;) {
    const { nodes, hasNextPage, endCursor } = await pageAt({ first: LARGEST_PAGE, after })
    yield* nodes
    if (!hasNextPage || endCursor === null) return
    after = endCursor
  }
}
