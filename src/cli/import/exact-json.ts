/** A string, passed over whole; or a number. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * Reads a JSON object that PostgreSQL wrote, without losing digits; any other value but null becomes the member
 * `value` of one. Throws a SyntaxError for what is no JSON.
 */
export function parseJsonObject(text: string | null): Record<string, unknown> | null {
  const value = parseExactJson(text)
  if (value === null) return null
  if (typeof value === 'object' && !Array.isArray(value)) return { ...value }
  return { value }
}

/** An integer from 2^53 on becomes a string, as the API takes it. */
function parseExactJson(text: string | null): unknown {
  if (text === null) return null
  return JSON.parse(text.replace(TOKEN, (token) => (isLargeInteger(token) ? `"${token}"` : token)))
}

function isLargeInteger(token: string): boolean {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
}
