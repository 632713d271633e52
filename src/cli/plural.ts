/** A word as it stands behind a number: `asset` behind 1, `assets` behind any other. */
export function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`
}
