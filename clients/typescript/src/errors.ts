/** What a server says went wrong. A newer server may say more. */
export type ServerErrorCode =
  | 'BAD_USER_INPUT'
  | 'ASSET_NOT_FOUND'
  | 'MATERIALIZATION_NOT_FOUND'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'QUERY_TOO_COMPLEX'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

/** What goes wrong on this side. */
export type ClientErrorCode =
  /** No connection, or it broke before the answer was there. */
  | 'CONNECTION_FAILED'
  /** Connecting, or the server, took longer than allowed. */
  | 'TIMEOUT'
  /** What answered is no Headwater: a gateway, or a wrong URL. */
  | 'UNEXPECTED_ANSWER'
  /** A background recorder takes nothing more once it is closed. */
  | 'RECORDER_CLOSED'
  /** What came to a receiver was not sent by who has the secret, or not now. */
  | 'WEBHOOK_NOT_VERIFIED'

/** A code to decide by; messages are for people. */
export type ErrorCode = ServerErrorCode | ClientErrorCode | (string & {})

/** What an error may say beside its message. */
export interface HeadwaterErrorDetails {
  /** The argument at fault, e.g. `input.assets[3].key`. */
  field?: string | undefined
  /** Of the HTTP answer; undefined where there was none. */
  status?: number | undefined
  /** How long the server asks to be left alone, in ms. */
  retryAfterMs?: number | undefined
  /** False where the server says that the same request would fare no better. */
  retryable?: boolean | undefined
  cause?: unknown
}

/** HTTP statuses of a server, or of what stands before it, that is away for the moment. */
const AWAY = new Set([502, 503, 504])

/** Everything that this package throws, but for what a caller's own AbortSignal gives as its reason. */
export class HeadwaterError extends Error {
  override readonly name: string = 'HeadwaterError'
  readonly field: string | undefined
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly #retryable: boolean

  constructor(
    readonly code: ErrorCode,
    message: string,
    { field, status, retryAfterMs, retryable = true, cause }: HeadwaterErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.field = field
    this.status = status
    this.retryAfterMs = retryAfterMs
    this.#retryable = retryable
  }

  /** Whether the same request may succeed a moment later. */
  get isTransient(): boolean {
    if (!this.#retryable) return false
    const isPassing = ['CONNECTION_FAILED', 'TIMEOUT', 'SERVICE_UNAVAILABLE'].includes(this.code)
    return isPassing || AWAY.has(this.status ?? 0)
  }
}

/** A subscription cannot go on: repeating would not mend it, or it has been tried for long enough. Its code is that of the `cause`. */
export class SubscriptionEndedError extends HeadwaterError {
  override readonly name = 'SubscriptionEndedError'

  constructor(
    override readonly cause: HeadwaterError,
    /** Of the last event, or where it was to begin: pass it as `after` to go on. Undefined where there is none. */
    readonly watermark: string | undefined,
  ) {
    const { code, message, field, status, retryAfterMs, isTransient: retryable } = cause
    super(code, message, { field, status, retryAfterMs, retryable, cause })
  }
}
