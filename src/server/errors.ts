import { randomUUID } from 'node:crypto'
import type { ApolloServerPlugin } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { RequestContext } from '../context.js'
import { type ErrorCode, HeadwaterError, HTTP_STATUS_OF } from '../errors/headwater-error.js'
import type { QueryLimits } from './config.js'
import type { Logger } from './logger.js'
import { reasonOf } from './redaction.js'

/** Seconds after which a client may try again when the server or its database is away. */
export const RETRY_AFTER_SECONDS = 1

/** Of the message of a library, which may quote what came. */
const MOST_CHARACTERS = 2_000

/** What Apollo Server says of requests that never came to a resolver. */
const APOLLO_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
])

/**
 * Brings every error to the closed table of codes, here and nowhere else. What was not thrown for the caller is
 * logged under an id, and only the id is answered.
 */
export function formatErrors(logger: Logger, limits: QueryLimits) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const error = tooComplex(formatted, limits) ?? thrownFor(thrown)
    const { locations, path } = formatted
    const place = {
      ...(locations === undefined ? {} : { locations }),
      ...(path === undefined ? {} : { path }),
    }
    if (!(error instanceof HeadwaterError) && APOLLO_CODES.has(String(formatted.extensions?.code))) {
      return { message: explained(formatted), ...place, extensions: { code: 'BAD_USER_INPUT' } }
    }
    return { ...describeError(error, logger), ...place }
  }
}

/** What graphql-js and Apollo Server refuse of a query for being too large, in our words. */
function tooComplex(
  { message, extensions }: GraphQLFormattedError,
  limits: QueryLimits,
): HeadwaterError | null {
  if (/^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(message))
    return tooLarge(`expected a query of at most ${limits.tokens} tokens (HEADWATER_QUERY_TOKENS), got more`)
  if (extensions?.validationErrorCode === 'MAX_RECURSIVE_SELECTIONS_EXCEEDED')
    return tooLarge(
      `expected a query of at most ${limits.selections} fields and fragments, those of a fragment counted wherever it is used (HEADWATER_QUERY_SELECTIONS), got more`,
    )
  if (message === 'provided sha does not match query')
    return new HeadwaterError('BAD_USER_INPUT', 'expected the SHA-256 of the query, got another')
  if (message === 'Unsupported persisted query version')
    return new HeadwaterError(
      'BAD_USER_INPUT',
      'extensions.persistedQuery: expected { version: 1, sha256Hash }, got another version',
    )
  if (message.startsWith('Too many errors processing variables'))
    return new HeadwaterError('BAD_USER_INPUT', 'more is wrong with the variables: the first errors are said')
  return null
}

function tooLarge(message: string): HeadwaterError {
  return new HeadwaterError('QUERY_TOO_COMPLEX', message)
}

/** What was thrown: by a resolver, or before there was one. */
function thrownFor(thrown: unknown): unknown {
  const error = unwrapResolverError(thrown)
  const inner = error instanceof GraphQLError ? error.originalError : null
  return inner instanceof HeadwaterError ? inner : error
}

/** An error as it is answered, and logged where it is not the caller's. */
export interface DescribedError {
  message: string
  extensions: { code: ErrorCode; field?: string; errorId?: string; retryable?: false }
}

/** What was thrown for the caller, as it is; anything else is logged under an id, and only the id is said. */
export function describeError(error: unknown, logger: Logger): DescribedError {
  if (error instanceof HeadwaterError) {
    const isAway = error.code === 'SERVICE_UNAVAILABLE'
    if (isAway) logger.warn(error.cause === undefined ? {} : { reason: reasonOf(error.cause) }, error.message)
    const field = error.field === undefined ? {} : { field: error.field }
    const lasting = isAway && !error.isRetryable ? { retryable: false as const } : {}
    return { message: error.message, extensions: { code: error.code, ...field, ...lasting } }
  }
  const errorId = randomUUID()
  logger.error({ err: error, errorId }, 'internal error')
  return {
    message: `internal error ${errorId}: the server’s log says more`,
    extensions: { code: 'INTERNAL_SERVER_ERROR', errorId },
  }
}

/** The HTTP status that goes with a code, and the headers. */
export function statusOfError(code: ErrorCode): { status: number; headers: Record<string, string> } {
  const headers = code === 'SERVICE_UNAVAILABLE' ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
  return { status: HTTP_STATUS_OF[code], headers: headers as Record<string, string> }
}

function explained({ message, extensions }: GraphQLFormattedError): string {
  // The parser is recursive, and says of a document that nests too deeply only that the stack was not enough.
  if (message === 'Maximum call stack size exceeded') return 'the document is nested too deeply to be read'
  if (message === 'Operation batching disabled.')
    return 'expected one operation, as an object, got a list: send each by itself'
  if (extensions?.validationErrorCode === 'INTROSPECTION_DISABLED')
    return 'introspection is off (HEADWATER_INTROSPECTION)'
  return message.length > MOST_CHARACTERS ? `${message.slice(0, MOST_CHARACTERS)}…` : message
}

/** Gives an answer that holds nothing but errors the HTTP status that goes with them. */
export const statusOfErrors: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response }) => {
      if (response.body.kind !== 'single') return
      const { errors = [], data } = response.body.singleResult
      // A compiled query leaves what @skip and @include took out as undefined.
      const hasData = Object.values(data ?? {}).some((value) => value != null)
      const codes = errors.map(({ extensions }) => String(extensions?.code))
      if (codes.includes('SERVICE_UNAVAILABLE')) {
        response.http.status = 503
        // One that will not come right is not worth trying again, whatever becomes of the others.
        if (!isLasting(errors)) response.http.headers.set('retry-after', String(RETRY_AFTER_SECONDS))
      } else if (errors.length > 0 && !hasData && response.http.status === undefined) {
        response.http.status = Math.max(...codes.map(statusOf))
      }
    },
  }),
}

/** Whether something of an answer would fare no better at another time. */
export function isLasting(errors: readonly GraphQLFormattedError[]): boolean {
  return errors.some(({ extensions }) => extensions?.['retryable'] === false)
}

function statusOf(code: string): number {
  return code in HTTP_STATUS_OF ? HTTP_STATUS_OF[code as ErrorCode] : 500
}

/** The body of an error that is answered outside GraphQL, in GraphQL's form. */
export function errorBody(code: ErrorCode, message: string) {
  return { errors: [new GraphQLError(message, { extensions: { code } })] }
}
