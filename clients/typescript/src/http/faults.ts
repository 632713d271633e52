import { HeadwaterError } from '../errors.js'

/** No connection, or it broke. */
export function connectionFailed(url: URL, cause: unknown): HeadwaterError {
  return new HeadwaterError('CONNECTION_FAILED', `no answer from ${shown(url)}: ${reasonOf(cause)}`, {
    cause,
  })
}

/** It took longer than `ms`. */
export function timedOut(url: URL, phase: 'connection' | 'answer', ms: number): HeadwaterError {
  return new HeadwaterError('TIMEOUT', `no ${phase} from ${shown(url)} within ${ms} ms`)
}

/** Without what a user may have put into it to sign in. */
function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause instanceof Error) return reasonOf(error.cause)
  return error.message || ('code' in error ? String(error.code) : error.name)
}
