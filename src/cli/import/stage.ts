import type { Journal } from './journal.js'
import { startTableProgress } from './table-progress.js'

/** What stands in consecutive rows of one table, in the order of their keys. */
export interface Page<Item> {
  items: readonly Item[]
  /** How many rows they are. */
  rows: number
  /** The key of the last of them. */
  last: string
}

/** How one table is imported. */
export interface Stage<Item> {
  table: string
  /** The page behind a key, or the first one; null where there is none. */
  read(after: string | null): Promise<Page<Item> | null>
  /** Settles when the server has committed them. */
  write(items: readonly Item[]): Promise<void>
}

/**
 * Imports a table, page by page, from where the journal says that an earlier run stopped. A page that was cut off
 * is written again, which changes nothing.
 */
export async function runStage<Item>(stage: Stage<Item>, journal: Journal, total: number): Promise<void> {
  const place = journal.placeIn(stage.table)
  using progress = startTableProgress(stage.table, place?.rows ?? 0, total)
  let page = await stage.read(place?.after ?? null)
  while (page !== null) {
    await stage.write(page.items)
    await journal.advance(stage.table, page.last, page.rows)
    progress.advance(page.rows)
    page = await stage.read(page.last)
  }
}
