/** What of an address is text, whatever it looks like: a key may be `true`, a number, or JSON. */
const TEXTS = new Set(['namespace', 'key', 'id', 'dagId', 'column', 'selection', 'asOf', 'since'])

/** Reads the part of an address behind `?`: all that is no text is JSON, or else text. */
export function parseSearch(search: string): Record<string, unknown> {
  const parts = [...new URLSearchParams(search)].map(([name, value]) => [
    name,
    TEXTS.has(name) ? value : fromJson(value),
  ])
  return Object.fromEntries(parts)
}

/** Writes it, so that it is read as the same. */
export function stringifySearch(search: Record<string, unknown>): string {
  const parts = Object.entries(search).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return []
    if (typeof value === 'string' && (TEXTS.has(name) || fromJson(value) === value)) return [[name, value]]
    return [[name, JSON.stringify(value)]]
  })
  return parts.length === 0 ? '' : `?${new URLSearchParams(parts)}`
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
