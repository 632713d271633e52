import type { Catalog } from './catalog.js'
import { Registry } from './registry.js'
import type { Query, Source } from './source.js'
import type { Page } from './stage.js'
import { ASSET_CHECK_RESULT, ASSET_LINEAGE, ASSET_MATERIALIZATION, type RowOf, type Table } from './tables.js'
import { toRecording } from './to-recording.js'

/** A materialization of the source, as it is to be recorded. */
export interface SourceMaterialization {
  id: string
  /** When it was made; null where the source does not say. */
  madeAt: string | null
  content: { value: ReturnType<typeof toRecording> } | { fault: string }
  upstreamCount: number
  checks: readonly RowOf<typeof ASSET_CHECK_RESULT>[]
}

/** How the source is read. */
export interface ReadOptions {
  /** In rows. */
  pageSize: number
  /** Of all assets; null for that of each. */
  namespace: string | null
  /** Of every idempotency key; the row's id follows. */
  keyPrefix: string
}

/**
 * Reads the materializations behind a key, with what belongs to them, as of one moment. At most four statements,
 * whatever the size of the page.
 */
export function readMaterializations(
  source: Source,
  catalog: Catalog,
  { pageSize, namespace, keyPrefix }: ReadOptions,
  after: string | null,
): Promise<Page<SourceMaterialization> | null> {
  return source.read(async (query) => {
    const made = await query<RowOf<typeof ASSET_MATERIALIZATION>>(
      `${catalog.select(ASSET_MATERIALIZATION)} ${after === null ? '' : 'WHERE id > $2'} ORDER BY ${catalog.nameOf(ASSET_MATERIALIZATION)}.id LIMIT $1`,
      after === null ? [pageSize] : [pageSize, after],
    )
    const ids = made.map(({ id }) => id ?? '')
    const last = ids.at(-1)
    if (last === undefined) return null
    const upstreams = await ofMaterializations<RowOf<typeof ASSET_LINEAGE>>(
      query,
      catalog,
      ASSET_LINEAGE,
      ids,
    )
    const checks = await ofMaterializations<RowOf<typeof ASSET_CHECK_RESULT>>(
      query,
      catalog,
      ASSET_CHECK_RESULT,
      ids,
    )
    const keys = [
      ...made.map(({ asset_key }) => asset_key),
      ...[...upstreams.values()].flat().map(({ upstream_asset_key }) => upstream_asset_key),
    ]
    const registry = await Registry.read(query, catalog, namespace, keys)
    const items = made.map((row) => {
      const own = upstreams.get(row.id) ?? []
      return {
        id: row.id ?? '',
        madeAt: row.created_at,
        content: contentOf(() => toRecording(row, own, registry, keyPrefix)),
        upstreamCount: own.length,
        checks: checks.get(row.id) ?? [],
      }
    })
    return { items, rows: made.length, last }
  })
}

/** The rows of a table that belong to these materializations, by materialization, in the order of their ids. */
async function ofMaterializations<Row extends { materialization_id: string | null }>(
  query: Query,
  catalog: Catalog,
  table: Table,
  ids: readonly string[],
): Promise<Map<string | null, Row[]>> {
  const groups = new Map<string | null, Row[]>()
  if (!catalog.has(table)) return groups
  const rows = await query<Row>(
    `${catalog.select(table)} WHERE materialization_id = ANY($1) ORDER BY ${catalog.nameOf(table)}.id`,
    [ids],
  )
  for (const row of rows) {
    const group = groups.get(row.materialization_id) ?? []
    groups.set(row.materialization_id, group)
    group.push(row)
  }
  return groups
}

function contentOf(make: () => ReturnType<typeof toRecording>): SourceMaterialization['content'] {
  try {
    return { value: make() }
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: `metadata: not JSON: ${error.message}` }
    throw error
  }
}
