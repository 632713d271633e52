import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { badUserInput, type HeadwaterError } from '../errors/headwater-error.js'
import { canonicalJson } from '../util/canonical-json.js'
import { quoted } from '../util/quoted.js'

/** Makes and reads the cursors of one list: what lists of other queries gave out is refused. */
export interface CursorCodec<Position> {
  encode(position: Position): string
  /** Null for null. Throws BAD_USER_INPUT for what this list did not give out. */
  decode(cursor: string | null | undefined): Position | null
}

/**
 * `list` is whatever tells this list from others: its field, and all arguments that decide what it holds and in
 * which order. A cursor says which list it belongs to and where it points; opaque, not secret. Of what hangs on an asset
 * see parseAssetPage.
 */
export function cursorsOf<Position>(list: unknown, schema: z.ZodType<Position>): CursorCodec<Position> {
  let tag: string | undefined
  // Made at the first cursor: most lists are read without any.
  const tagOfList = () => {
    tag ??= createHash('sha256').update(canonicalJson(list)).digest('base64url').slice(0, 12)
    return tag
  }
  return {
    encode: (position) => Buffer.from(JSON.stringify([tagOfList(), position])).toString('base64url'),
    decode: (cursor) => {
      if (cursor == null) return null
      const [cursorTag, position] = parse(cursor)
      const parsed = schema.safeParse(position)
      if (cursorTag === undefined || !parsed.success) {
        throw badUserInput('after', quoted(cursor), 'a cursor that this query answered with')
      }
      if (cursorTag !== tagOfList()) throw foreignCursor()
      return parsed.data
    },
  }
}

/** What a cursor of another list is refused with. */
export function foreignCursor(): HeadwaterError {
  return badUserInput('after', 'a cursor of another query', 'a cursor of this query, with the same arguments')
}

function parse(cursor: string): [string | undefined, unknown] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'), refuseNul)
    if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string')
      return [value[0], value[1]]
  } catch {
    // Not JSON: not one of ours.
  }
  return [undefined, undefined]
}

/** No name holds U+0000, and PostgreSQL refuses to compare one with it. */
function refuseNul(_name: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('\0')) throw new SyntaxError('U+0000')
  return value
}
