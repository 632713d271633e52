import { HeadwaterError } from '../errors.js'
import { connectionFailed, timedOut } from '../http/faults.js'
import { textOf } from '../http/fetch-transport.js'
import { dataOf } from '../http/graphql-answer.js'
import { EventStreamParser, type Sent } from './event-stream-parser.js'

/** One POST that is answered by a stream. */
export interface StreamRequest {
  url: URL
  headers: Record<string, string>
  body: string
  /** Until the stream has begun, in ms. */
  openWithinMs: number
  /** The longest silence afterwards, in ms. */
  silenceMs: number
  signal: AbortSignal
}

/**
 * All that a server sends over one connection, until it says that it is complete. Throws CONNECTION_FAILED where it
 * ends before, TIMEOUT where nothing comes for too long, what an answer that is no stream says, or the reason of the
 * signal. No more is read than is asked for.
 */
export async function* eventStream(
  fetch: typeof globalThis.fetch,
  { url, headers, body, openWithinMs, silenceMs, signal }: StreamRequest,
): AsyncGenerator<Sent, void, undefined> {
  signal.throwIfAborted()
  const stop = new AbortController()
  const onAbort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort)
  /** Only what is waited for can be late: whoever reads slowly is not. */
  const inTime = async <Result>(ms: number, work: Promise<Result>): Promise<Result> => {
    const timer = setTimeout(() => stop.abort(timedOut(url, 'answer', ms)), ms)
    try {
      return await work
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason
      throw error instanceof HeadwaterError ? error : connectionFailed(url, error)
    } finally {
      clearTimeout(timer)
    }
  }
  try {
    const response = await inTime(
      openWithinMs,
      fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: stop.signal }),
    )
    const reader = isStream(response) ? response.body?.getReader?.() : undefined
    if (reader === undefined) throw await inTime(openWithinMs, noStream(response, url))
    const parser = new EventStreamParser()
    for (;;) {
      const { done, value } = await inTime(silenceMs, reader.read())
      if (done) throw connectionFailed(url, 'the stream has ended without being complete')
      for (const sent of parser.push(value)) {
        if (sent.kind === 'event' && sent.type === 'complete') return
        yield sent
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stop.abort()
  }
}

function isStream({ status, headers }: Response): boolean {
  return status === 200 && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
}

/** Why there is none. */
async function noStream(response: Response, url: URL): Promise<HeadwaterError> {
  const text = await textOf(response, url)
  try {
    dataOf({ status: response.status, text, header: (name) => response.headers.get(name) }, url)
  } catch (error) {
    if (error instanceof HeadwaterError) return error
    throw error
  }
  const { origin, pathname } = url
  return new HeadwaterError('UNEXPECTED_ANSWER', `${origin}${pathname} answered with no stream of events`, {
    status: response.status,
  })
}
