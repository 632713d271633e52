import type { Column } from '../lineage/columns/column.js'
import type { Asset, MaterializationRef } from '../lineage/entities.js'
import type { Loaders } from '../loaders/loaders.js'

/** A column with its place in the schema, from 1. */
export interface PlacedColumn extends Column {
  ordinal: number
}

/** The columns that an asset was last stated to have; none where nobody has. Throws QUERY_TOO_COMPLEX. */
export async function columnsOfAsset(loaders: Loaders, { assetId }: Asset): Promise<PlacedColumn[]> {
  return placed(loaders, await loaders.schema.load(assetId))
}

/** The columns that a materialization was stated to have; none where nobody has. Throws QUERY_TOO_COMPLEX. */
export async function columnsOfMaterialization(
  loaders: Loaders,
  ref: MaterializationRef,
): Promise<PlacedColumn[]> {
  return placed(loaders, await loaders.schemaHeld.load(ref))
}

function placed(loaders: Loaders, columns: readonly Column[]): PlacedColumn[] {
  loaders.budget.spend(columns.length)
  return columns.map((column, at) => ({ ...column, ordinal: at + 1 }))
}
