import type { Run } from './sql.js'

/** How many rows of a table were not as they have to be. */
export interface Corrections {
  table: string
  added: number
  removed: number
  changed: number
}

/** A table, and what says which rows it has to hold. */
export interface Reconciled {
  table: string
  /** A table, or a query in brackets, with all columns below. */
  source: string
  key: readonly string[]
  /** Columns that have to be as the source has them. */
  content?: readonly string[]
  /** Columns that are written with these, but may differ. */
  beside?: readonly string[]
  /** Columns that only a row gets that was not there. */
  added?: readonly string[]
  /** Whether the row `t`, which the source lacks, has to go, as SQL. By default none has. */
  removed?: string
  /** The column of the asset that readers have to be told of. */
  asset?: string
  /** Whether the rows say which transaction wrote them last. */
  isStamped?: boolean
  /** How a column is compared, as SQL, where that is not by its value. */
  compared?: Readonly<Record<string, (column: string) => string>>
}

/** Makes the list of assets of which something has changed that servers keep in memory. */
export async function createChangedAssets(run: Run): Promise<void> {
  await run('CREATE TEMP TABLE changed_asset (id uuid) ON COMMIT DROP')
}

/** Tells servers of these, by the transaction that has written them last. */
export async function touchChangedAssets(run: Run): Promise<void> {
  await run(
    `UPDATE public.asset SET transaction_id = pg_current_xact_id()
     WHERE id IN (SELECT id FROM pg_temp.changed_asset)`,
  )
}

/** Mends a table: adds rows, changes them, takes them away; a row that is as it has to be is not written. */
export async function reconcile(run: Run, reconciled: Reconciled): Promise<Corrections> {
  const { table, source, key, removed, content = [] } = reconciled
  const count = (change: string) => counted(run, change, reconciled.asset)
  const isSame = key.map((column) => `t.${column} = n.${column}`).join(' AND ')
  return {
    table,
    removed:
      removed === undefined
        ? 0
        : await count(
            `DELETE FROM public.${table} t
             WHERE (${removed}) AND NOT EXISTS (SELECT FROM ${source} n WHERE ${isSame})`,
          ),
    changed: content.length === 0 ? 0 : await count(changeOf(reconciled, isSame)),
    added: await count(additionOf(reconciled, isSame)),
  }
}

function changeOf(
  { table, source, content = [], beside = [], isStamped = false, compared = {} }: Reconciled,
  isSame: string,
): string {
  const set = [...content, ...beside].map((column) => `${column} = n.${column}`)
  if (isStamped) set.push('transaction_id = pg_current_xact_id()')
  const valuesOf = (row: string) =>
    content.map((column) => compared[column]?.(`${row}.${column}`) ?? `${row}.${column}`).join(', ')
  return `UPDATE public.${table} t SET ${set.join(', ')} FROM ${source} n
    WHERE ${isSame} AND ROW(${valuesOf('t')}) IS DISTINCT FROM ROW(${valuesOf('n')})`
}

function additionOf(
  { table, source, key, content = [], beside = [], added = [] }: Reconciled,
  isSame: string,
): string {
  const columns = [...key, ...content, ...beside, ...added]
  return `INSERT INTO public.${table} AS t (${columns.join(', ')})
    SELECT ${columns.map((column) => `n.${column}`).join(', ')} FROM ${source} n
    WHERE NOT EXISTS (SELECT FROM public.${table} t WHERE ${isSame})`
}

/** Makes a change, notes the assets that it is of, and answers with the number of its rows. */
async function counted(run: Run, change: string, asset: string | undefined): Promise<number> {
  const noted =
    asset === undefined
      ? ''
      : `, noted AS (INSERT INTO pg_temp.changed_asset SELECT DISTINCT ${asset} FROM c)`
  const [row] = await run<{ count: number }>(
    `WITH c AS (${change} RETURNING ${asset === undefined ? '1' : `t.${asset}`})${noted}
     SELECT count(*)::float8 AS count FROM c`,
  )
  return row?.count ?? 0
}
