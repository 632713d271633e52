/** Every code that an answer's `extensions.code` can hold, with the HTTP status that goes with it. */
export const HTTP_STATUS_OF = {
  BAD_USER_INPUT: 400,
  ASSET_NOT_FOUND: 404,
  MATERIALIZATION_NOT_FOUND: 404,
  IDEMPOTENCY_KEY_REUSED: 409,
  QUERY_TOO_COMPLEX: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
} as const

/** One of the codes of that table. */
export type ErrorCode = keyof typeof HTTP_STATUS_OF

/**
 * The one error that Headwater throws on purpose: its message is meant for the caller and says what was
 * wrong, what came and what was expected. Anything else that is thrown is masked at the edge.
 */
export class HeadwaterError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: {
      cause?: unknown
      /** Path of the argument at fault, e.g. `input.assets[3].key`. */
      field?: string
      /** Whether the very same request may succeed later; where it is not said, the code tells. */
      isRetryable?: boolean
    },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HeadwaterError'
    this.field = options?.field
    this.isRetryable = options?.isRetryable ?? code === 'SERVICE_UNAVAILABLE'
  }

  readonly field: string | undefined
  readonly isRetryable: boolean
}

/** The argument at `field` breaks a rule: says what came and what was expected. */
export function badUserInput(field: string, came: string, expected: string): HeadwaterError {
  return new HeadwaterError('BAD_USER_INPUT', `${field}: expected ${expected}, got ${came}`, { field })
}

/** Nothing of this name has been recorded, or named as an upstream; or had been at a time. */
export function assetNotFound(
  field: string,
  { namespace, key }: { namespace: string; key: string },
  asOf: Date | null = null,
): HeadwaterError {
  const name = `no asset ${JSON.stringify(key)} in namespace ${JSON.stringify(namespace)}`
  return new HeadwaterError(
    'ASSET_NOT_FOUND',
    asOf === null
      ? `${field}: ${name} has been recorded`
      : `${field}: ${name} was known at ${asOf.toISOString()}`,
    { field },
  )
}
