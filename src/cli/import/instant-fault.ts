/** Why an instant of the source cannot be that of a recording; undefined where it can. */
export function instantFault(instant: string | null): string | undefined {
  if (instant === null) return 'created_at: expected a time, got none'
  // What is out of bounds ends with AD or BC.
  if (instant.endsWith('Z')) return undefined
  return `created_at: expected 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, got ${instant}`
}
