import type { Catalog } from './catalog.js'
import type { ReadOptions } from './read-materializations.js'
import { Registry } from './registry.js'
import type { Source } from './source.js'
import type { Page } from './stage.js'
import { DAG_ASSET_MAP, type RowOf } from './tables.js'

/** The most DAG runs of a page: one may expect some hundred assets. */
const MOST_RUNS = 100

/** What one DAG run was expected to make. */
export interface ExpectedRun {
  dagId: string
  rows: readonly RowOf<typeof DAG_ASSET_MAP>[]
  registry: Registry
}

/** Reads what the DAG runs behind one were expected to make: whole runs, with at most three statements. */
export function readExpectedRuns(
  source: Source,
  catalog: Catalog,
  { pageSize, namespace }: ReadOptions,
  after: string | null,
): Promise<Page<ExpectedRun> | null> {
  const table = catalog.nameOf(DAG_ASSET_MAP)
  const most = Math.min(pageSize, MOST_RUNS)
  return source.read(async (query) => {
    const runs = await query<{ dag_id: string }>(
      `SELECT dag_id::text FROM ${table} WHERE ${after === null ? 'dag_id IS NOT NULL' : 'dag_id > $2'}
       GROUP BY ${table}.dag_id ORDER BY ${table}.dag_id LIMIT $1`,
      after === null ? [most] : [most, after],
    )
    const last = runs.at(-1)?.dag_id
    if (last === undefined) return null
    const rows = await query<RowOf<typeof DAG_ASSET_MAP>>(
      `${catalog.select(DAG_ASSET_MAP)} WHERE dag_id = ANY($1) ORDER BY ${table}.node_task_id, ${table}.asset_key`,
      [runs.map(({ dag_id }) => dag_id)],
    )
    const keys = rows.map(({ asset_key }) => asset_key)
    const registry = await Registry.read(query, catalog, namespace, keys)
    const items = runs.map(({ dag_id: dagId }) => ({
      dagId,
      rows: rows.filter(({ dag_id }) => dag_id === dagId),
      registry,
    }))
    return { items, rows: rows.length, last }
  })
}
