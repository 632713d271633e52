import { HeadwaterError } from '../errors.js'
import { BoundedText } from './bounded-text.js'
import { connectionFailed, timedOut } from './faults.js'
import type { HttpRequest, Transport } from './transport.js'

/** Sends by `fetch`, which does not tell when a connection stands: both timeouts together bound the wait. */
export function fetchTransport(fetch: typeof globalThis.fetch = globalThis.fetch): Transport {
  return {
    send: async ({ url, headers, body, connectTimeoutMs, readTimeoutMs, signal, keepalive }: HttpRequest) => {
      signal?.throwIfAborted()
      const stop = new AbortController()
      const waitMs = connectTimeoutMs + readTimeoutMs
      const late = timedOut(url, 'answer', waitMs)
      const timer = setTimeout(() => stop.abort(late), waitMs)
      const onAbort = () => stop.abort(signal?.reason)
      signal?.addEventListener('abort', onAbort)
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers,
          body,
          redirect: 'manual',
          signal: stop.signal,
          ...(keepalive === true ? { keepalive } : {}),
        })
        const text = await textOf(response, url)
        return { status: response.status, text, header: (name) => response.headers.get(name) }
      } catch (error) {
        if (stop.signal.aborted) throw stop.signal.reason
        if (error instanceof HeadwaterError) throw error
        throw connectionFailed(url, error)
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
    },
    close: () => undefined,
  }
}

/** The body of an answer. */
export async function textOf(response: Response, url: URL): Promise<string> {
  // A `fetch` that a caller gave may not tell what comes as it comes.
  const reader = response.body?.getReader?.()
  if (reader === undefined) return response.text()
  const text = new BoundedText(url)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text.end()
    try {
      text.add(value)
    } catch (error) {
      await reader.cancel()
      throw error
    }
  }
}
