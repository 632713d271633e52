/** A figure for docs/reliability.md, on standard error. */
export function note(text: string): void {
  process.stderr.write(`figure: ${text}\n`)
}
