import { HeadwaterError } from '../../errors/headwater-error.js'

/** SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock. */
const RETRY = new Set(['40001', '40P01'])

/** SQLSTATE classes and codes that say the server is away, full, read-only for now, shutting down or took too long. */
const AWAY = /^(08|53|57|58|25006$|XX000$|25P03$|25P04$)/

/** What node and pg say, without a SQLSTATE, when a connection cannot be had or is lost. */
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])
const AWAY_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout (exceeded|expired)|Cannot use a pool after calling end)/i

/** What Prisma's adapter makes of such codes, without saying which it was. */
const AWAY_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'])

/** Whether a statement failed because a key is taken. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === '23505'
}

/** Whether the same transaction may well succeed when it is run again at once. */
export function isWorthRetrying(error: unknown): boolean {
  return RETRY.has(sqlStateOf(error) ?? '')
}

/** Whether storage failed in a way that passes. */
export function isTransient(error: unknown): boolean {
  const code = sqlStateOf(error)
  if (code !== undefined && (AWAY.test(code) || AWAY_CODES.has(code) || RETRY.has(code))) return true
  if (typeof error !== 'object' || error === null) return false
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isTransient)
  if ('kind' in error && AWAY_KINDS.has(String(error.kind))) return true
  if ('message' in error && AWAY_MESSAGE.test(String(error.message))) return true
  return isTransient(innerOf(error))
}

/** Runs a piece of work with storage; says SERVICE_UNAVAILABLE for what passes and leaves the rest as it is. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HeadwaterError || !isTransient(error)) throw error
    throw new HeadwaterError('SERVICE_UNAVAILABLE', 'the database does not answer now; try again shortly', {
      cause: error,
    })
  }
}

/** The SQLSTATE, or the system's code, wherever pg or Prisma's adapter put it. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('originalCode' in error && typeof error.originalCode === 'string') return error.originalCode
  if ('code' in error && typeof error.code === 'string' && !/^P\d{4}$/.test(error.code)) return error.code
  return sqlStateOf(innerOf(error))
}

/** What an error was made of; Prisma's client keeps it aside. */
function innerOf(error: object): unknown {
  if ('cause' in error) return error.cause
  if (!('meta' in error) || typeof error.meta !== 'object' || error.meta === null) return undefined
  return 'driverAdapterError' in error.meta ? error.meta.driverAdapterError : undefined
}
