import { type AnswerShape, misfitOf } from '../answer-shape.js'
import { HeadwaterError } from '../errors.js'
import type { HttpAnswer } from './transport.js'

interface GraphqlError {
  message: string
  extensions?: { code?: unknown; field?: unknown; retryable?: unknown }
}

interface GraphqlAnswer {
  data?: unknown
  errors?: GraphqlError[]
}

/**
 * The data of an answer. Throws its first error, and UNEXPECTED_ANSWER for what is no GraphQL, or not of the shape
 * that was asked for.
 */
export function dataOf(answer: HttpAnswer, url: URL, shape: AnswerShape = {}): unknown {
  const { status } = answer
  const retryAfterMs = retryAfterOf(answer)
  const body = parse(answer)
  const [first] = body?.errors ?? []
  if (first !== undefined) {
    const { code, field, retryable } = first.extensions ?? {}
    const details = { field: textIn(field), status, retryAfterMs, retryable: retryable !== false }
    throw new HeadwaterError(textIn(code) ?? 'UNEXPECTED_ANSWER', first.message, details)
  }
  const misfit = body === undefined || status !== 200 ? '' : misfitOf(body.data, shape)
  if (body === undefined || misfit !== undefined) {
    const target = answer.header('location')
    const what = target === null ? `answered HTTP ${status}` : `redirects to ${target}`
    const why = misfit ? ` (${misfit})` : ''
    const message = `${url.origin}${url.pathname} ${what}, not as Headwater does${why}`
    throw new HeadwaterError('UNEXPECTED_ANSWER', message, { status, retryAfterMs })
  }
  return body.data
}

function parse({ text, status }: HttpAnswer): GraphqlAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isAnswer(value)) return undefined
    const code = String(value.errors?.[0]?.extensions?.code)
    // A server says the same in GraphQL's form where the path is wrong: that is nothing against what was sent.
    return [404, 405].includes(status) && !code.endsWith('_NOT_FOUND') ? undefined : value
  } catch {
    // Not JSON: a gateway, or another server.
    return undefined
  }
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isAnswer(value: unknown): value is GraphqlAnswer {
  if (typeof value !== 'object' || value === null) return false
  if (!('errors' in value) || value.errors === undefined) return 'data' in value
  return Array.isArray(value.errors) && value.errors.every((error) => typeof error?.message === 'string')
}

/** Retry-After is a number of seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfterOf(answer: HttpAnswer): number | undefined {
  const text = answer.header('retry-after')
  if (text === null) return undefined
  const seconds = Number(text)
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1_000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
