import { toJson } from './json.js'

/**
 * A copy of JSON-like data as the server takes it: integers from 2^53 on, of which a JSON number may lose digits, and
 * bigints, are strings. From 1e21 on JSON writes a number as a float, which stays one. Throws BAD_USER_INPUT for what
 * JSON cannot keep; `field`: its own name.
 */
export function exactJson(value: Record<string, unknown>, field: string): Record<string, unknown> {
  return JSON.parse(toJson(value, field, exact))
}

const LEAST_FLOAT = 1e21

function exact(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  const isInteger = typeof value === 'number' && Number.isInteger(value)
  if (!isInteger || Number.isSafeInteger(value) || Math.abs(value) >= LEAST_FLOAT) return value
  return String(BigInt(value))
}
