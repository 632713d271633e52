/** Of a longer version, which is a digest, the beginning says which one it is. */
const MOST_CHARACTERS = 24
const SHOWN_CHARACTERS = 20

/** A version in a line; whole, where somebody looks closer. */
export function Version({ version }: { version: string }) {
  if (version.length <= MOST_CHARACTERS) return <code>{version}</code>
  return <code title={version}>{version.slice(0, SHOWN_CHARACTERS)}…</code>
}
