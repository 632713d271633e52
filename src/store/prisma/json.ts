import type { Prisma } from '../../../prisma/generated/client.js'

/** The columns that hold JSON hold objects; anything else was not written by us and reads as an empty one. */
export function asObject(json: Prisma.JsonValue): Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}
}
