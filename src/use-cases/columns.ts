import { badUserInput } from '../errors/headwater-error.js'
import type { Column } from '../lineage/columns/column.js'
import type { Asset, MaterializationRef } from '../lineage/entities.js'
import type { Loaders } from '../loaders/loaders.js'

/** A column with its place in the schema, from 1. */
export interface PlacedColumn extends Column {
  ordinal: number
}

/** A page of columns: null for all of them, from the first on. */
export interface ColumnsPage {
  first?: number | null | undefined
  /** The ordinal of the last column before the page. */
  after?: number | null | undefined
}

/** The most columns of a page. */
const LARGEST_COLUMNS_PAGE = 50_000

/** The columns that an asset was last stated to have; none where nobody has. Throws BAD_USER_INPUT, QUERY_TOO_COMPLEX. */
export async function columnsOfAsset(
  loaders: Loaders,
  { assetId }: Asset,
  page: ColumnsPage,
): Promise<PlacedColumn[]> {
  return placed(loaders, page, () => loaders.schema.load(assetId))
}

/** The columns that a materialization was stated to have; none where nobody has. Throws BAD_USER_INPUT, QUERY_TOO_COMPLEX. */
export async function columnsOfMaterialization(
  loaders: Loaders,
  ref: MaterializationRef,
  page: ColumnsPage,
): Promise<PlacedColumn[]> {
  return placed(loaders, page, () => loaders.schemaHeld.load(ref))
}

async function placed(
  loaders: Loaders,
  { first, after }: ColumnsPage,
  load: () => Promise<readonly Column[]>,
): Promise<PlacedColumn[]> {
  if (first != null && (first < 1 || first > LARGEST_COLUMNS_PAGE))
    throw badUserInput('first', String(first), `1 to ${LARGEST_COLUMNS_PAGE}`)
  if (after != null && after < 0) throw badUserInput('after', String(after), '0 or more')
  const start = after ?? 0
  const columns = await load()
  const taken = columns.slice(start, first == null ? columns.length : start + first)
  loaders.budget.spend(taken.length)
  return taken.map((column, at) => ({ ...column, ordinal: start + at + 1 }))
}
