import type { Catalog } from './catalog.js'
import type { ReadOptions } from './read-materializations.js'
import type { Source } from './source.js'
import type { Page } from './stage.js'
import { ASSET_REGISTRY, type RowOf } from './tables.js'

/** Reads what the registry says of the assets behind a key, with one statement. */
export function readAssets(
  source: Source,
  catalog: Catalog,
  { pageSize }: ReadOptions,
  after: string | null,
): Promise<Page<RowOf<typeof ASSET_REGISTRY>> | null> {
  return source.read(async (query) => {
    const items = await query<RowOf<typeof ASSET_REGISTRY>>(
      `${catalog.select(ASSET_REGISTRY)} ${after === null ? '' : 'WHERE id > $2'} ORDER BY ${catalog.nameOf(ASSET_REGISTRY)}.id LIMIT $1`,
      after === null ? [pageSize] : [pageSize, after],
    )
    const last = items.at(-1)?.id ?? null
    return last === null ? null : { items, rows: items.length, last }
  })
}
