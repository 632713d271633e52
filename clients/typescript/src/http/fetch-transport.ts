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
        const text = await response.text()
        return { status: response.status, text, header: (name) => response.headers.get(name) }
      } catch (error) {
        if (stop.signal.aborted) throw stop.signal.reason
        throw connectionFailed(url, error)
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
    },
    close: () => undefined,
  }
}
