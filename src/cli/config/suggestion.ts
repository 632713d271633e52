/** More than this many changes make another word of a short name. */
const MOST_CHANGES = 2

/** ` (did you mean "…"?)`, where a known name is close to what was written; else nothing. */
export function suggestion(written: string, known: readonly string[]): string {
  const [best] = known
    .map((name) => ({ name, changes: changesBetween(plain(written), plain(name)) }))
    .filter(({ name, changes }) => changes <= Math.min(MOST_CHANGES, name.length / 3))
    .sort((a, b) => a.changes - b.changes)
  return best === undefined ? '' : ` (did you mean "${best.name}"?)`
}

/** `isPrimary`, `is-primary` and `is_primary` are one name written in three ways. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_\s-]/g, '')
}

/** Levenshtein's distance: characters inserted, removed or replaced. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (character === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
