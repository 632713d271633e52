/*
 * Columns of rows as PostgreSQL's array literals. It reads them several times as fast as the same rows in JSON, and
 * they are made faster here than by pg, which looks at the type of each value.
 */

/** Of values that stand without quotes: ids and numbers. */
export function bareArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`
}

/** Of instants, and of nulls. */
export function instantArray(values: readonly (Date | null)[]): string {
  return bareArray(values.map((value) => value?.toISOString() ?? 'NULL'))
}

/** Of texts of any kind, and of nulls. */
export function textArray(values: readonly (string | null)[]): string {
  return bareArray(
    values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)),
  )
}
