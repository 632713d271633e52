/*
 * Columns of rows as PostgreSQL's array literals. It reads them several times as fast as the same rows in JSON, and
 * they are made faster here than by pg, which looks at the type of each value.
 */

/** Of values that stand without quotes: ids and numbers. */
export function bareArray(values: readonly (string | number)[]): string {
  return `{${values.join(',')}}`
}

/** Of instants, and of nulls. Most of a column are equal, and their texts are what costs. */
export function instantArray(values: readonly (Date | null)[]): string {
  let at = Number.NaN
  let text = ''
  return bareArray(
    values.map((value) => {
      if (value === null) return 'NULL'
      if (value.getTime() !== at) {
        at = value.getTime()
        text = value.toISOString()
      }
      return text
    }),
  )
}

/** Of texts of any kind, and of nulls. */
export function textArray(values: readonly (string | null)[]): string {
  return bareArray(
    values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)),
  )
}
