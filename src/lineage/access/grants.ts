import { z } from 'zod'
import { type Grant, SCOPES } from './access.js'

/** The most grants of a caller, and the most namespaces of one. */
const MOST = 1_000

const scope = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(SCOPES))

/**
 * What a token may do, as it is kept, and as the claim of a JWT has it: a list of `{scope, namespaces}`, with `"*"` for all
 * namespaces. Nothing is granted by default.
 */
const grants = z
  .array(
    z.object({
      scope,
      namespaces: z.union([z.literal('*'), z.array(z.string().min(1)).max(MOST)]),
    }),
  )
  .max(MOST)

/** Null for what is none. */
export function readGrants(json: unknown): Grant[] | null {
  const read = grants.safeParse(json)
  if (!read.success) return null
  return read.data.map(({ scope: one, namespaces }) => ({
    scope: one,
    namespaces: namespaces === '*' ? null : namespaces,
  }))
}

/** The same the other way around. */
export function writtenGrants(granted: readonly Grant[]) {
  return granted.map(({ scope: one, namespaces }) => ({ scope: one, namespaces: namespaces ?? '*' }))
}
