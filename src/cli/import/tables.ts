/** What a column is read as, whatever its type in the source. */
interface ColumnTypes {
  text: string
  /**
   * ISO 8601 in UTC, to the millisecond; where it is out of bounds, with AD or BC instead of the Z. One without a time
   * zone is UTC; one that is infinite is read as null.
   */
  instant: string
  flag: boolean
  list: string[]
}

/** A table of the source: which columns are read, as what, and which it cannot be imported without. */
export interface Table<
  Columns extends Record<string, keyof ColumnTypes> = Record<string, keyof ColumnTypes>,
> {
  name: string
  columns: Columns
  needs: readonly string[]
}

/** A row as it is read. Null also stands for a column that this source does not have. */
export type RowOf<T> =
  T extends Table<infer Columns> ? { [Name in keyof Columns]: ColumnTypes[Columns[Name]] | null } : never

function table<Columns extends Record<string, keyof ColumnTypes>>(
  name: string,
  columns: Columns,
  needs: readonly (keyof Columns & string)[],
): Table<Columns> {
  return { name, columns, needs }
}

/** What was made, a row an asset of a run. */
export const ASSET_MATERIALIZATION = table(
  'asset_materialization',
  {
    id: 'text',
    storage_event_id: 'text',
    asset_key: 'text',
    asset_version: 'text',
    job_id: 'text',
    dag_id: 'text',
    node_task_id: 'text',
    partition_key: 'text',
    size_bytes: 'text',
    checksum: 'text',
    uri: 'text',
    metadata: 'text',
    created_at: 'instant',
  },
  ['id', 'asset_key', 'created_at'],
)

/** From what it was made, a row an upstream. */
export const ASSET_LINEAGE = table(
  'asset_lineage',
  {
    id: 'text',
    materialization_id: 'text',
    upstream_asset_key: 'text',
    upstream_version: 'text',
    upstream_partition_key: 'text',
  },
  ['id', 'materialization_id', 'upstream_asset_key'],
)

/** What checks said of a materialization. */
export const ASSET_CHECK_RESULT = table(
  'asset_check_result',
  {
    id: 'text',
    materialization_id: 'text',
    check_name: 'text',
    status: 'text',
    details: 'text',
    created_at: 'instant',
  },
  ['id', 'materialization_id', 'check_name', 'status'],
)

/** What is known of an asset, by its key. */
export const ASSET_REGISTRY = table(
  'asset_registry',
  { id: 'text', asset_key: 'text', namespace: 'text', kind: 'text', description: 'text', tags: 'text' },
  ['id', 'asset_key'],
)

/** What a node of a DAG run was expected to make. */
export const DAG_ASSET_MAP = table(
  'dag_asset_map',
  {
    dag_id: 'text',
    dag_name: 'text',
    node_task_id: 'text',
    asset_key: 'text',
    kind: 'text',
    is_primary: 'flag',
    is_required: 'flag',
    upstream_nodes: 'list',
    metadata: 'text',
  },
  ['dag_id', 'node_task_id', 'asset_key'],
)

/** All that is read. */
export const TABLES: readonly Table[] = [
  ASSET_MATERIALIZATION,
  ASSET_LINEAGE,
  ASSET_CHECK_RESULT,
  ASSET_REGISTRY,
  DAG_ASSET_MAP,
]
