import { HeadwaterError } from './errors.js'

/** Deeper than the server takes, and not so deep that the stack ends. */
const MOST_LEVELS = 100

/**
 * A value as JSON. Throws BAD_USER_INPUT, naming the place, for what JSON would drop or write as something else
 * without a word: NaN, Infinity, an invalid date, a Map, a function. Members that are undefined are absent. `field`:
 * its own name; empty where its members stand for themselves. `convert`: what is written instead of a member.
 */
export function toJson(value: unknown, field: string, convert?: (member: unknown) => unknown): string {
  try {
    return JSON.stringify(kept({ holder: { '': value }, name: '', field, within: [], convert }))
  } catch (error) {
    if (error instanceof HeadwaterError) throw error
    throw unfit(field, 'what cannot be read', error)
  }
}

/** A member: where it stands, what it is called, and all that it is in. */
interface Place {
  holder: object
  name: string
  field: string
  within: readonly object[]
  convert: ((member: unknown) => unknown) | undefined
}

/** A copy in which whatever has a toJSON() has been asked, once. */
function kept(place: Place): unknown {
  const { holder, field, within, convert = (member) => member } = place
  const value = convert(readAt(place))
  if (typeof value === 'object' && value !== null) {
    if (within.includes(value)) throw unfit(field, 'what contains itself')
    if (within.length === MOST_LEVELS) throw unfit(field, `more than ${MOST_LEVELS} levels`)
    const inside = { holder: value, within: [...within, value], convert }
    const member = (name: string, of: string) => kept({ ...inside, name, field: of })
    if (Array.isArray(value)) return Array.from(value, (_, at) => member(`${at}`, `${field}[${at}]`))
    // Of a Map, a Set or a RegExp JSON would make {}.
    if (tagOf(value) !== 'Object') throw unfit(field, `a ${tagOf(value)}`)
    const names = Object.keys(value)
    return Object.fromEntries(
      names.map((name) => [name, member(name, field === '' ? name : `${field}.${name}`)]),
    )
  }
  if (value === undefined && !Array.isArray(holder)) return undefined
  if (Number.isFinite(value) || value === null || ['string', 'boolean'].includes(typeof value)) return value
  throw unfit(field, typeof value === 'function' ? 'a function' : shown(value))
}

/** What stands there, or what it says of itself for JSON: both may be code of the caller's. */
function readAt({ holder, name, field }: Place): unknown {
  try {
    const value: unknown = Reflect.get(holder, name)
    if (value === null || !['object', 'bigint'].includes(typeof value)) return value
    const { toJSON } = Object(value)
    const said: unknown = typeof toJSON === 'function' ? toJSON.call(value, name) : value
    // It says null of itself.
    return said === null && tagOf(value) === 'Date' ? Number.NaN : said
  } catch (error) {
    throw unfit(field, 'what cannot be read', error)
  }
}

/** `Map` of a map, of whatever realm; `Object` of one of no other kind. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

function shown(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n (send it as a string)` : String(value)
}

function unfit(field: string, got: string, cause?: unknown): HeadwaterError {
  const reason = cause instanceof Error ? `${got} (${cause.message})` : got
  const message = `${field}: expected what JSON can keep, got ${reason}`
  return new HeadwaterError('BAD_USER_INPUT', message, { field, cause })
}
