import { fetchTransport } from './fetch-transport.js'
import { nodeTransport } from './node-transport.js'

/** One POST. */
export interface HttpRequest {
  url: URL
  headers: Record<string, string>
  body: string
  /** Until the connection stands, in ms. Where the runtime does not tell, it is added to `readTimeoutMs`. */
  connectTimeoutMs: number
  /** The longest silence while waiting for the answer, in ms. */
  readTimeoutMs: number
  signal?: AbortSignal | undefined
  /** In a browser: to be delivered even though the page goes away. At most 64 KiB then. */
  keepalive?: boolean | undefined
}

/** What came back. */
export interface HttpAnswer {
  status: number
  text: string
  /** The value of a header, by its name in lower case. */
  header(name: string): string | null
}

/** Carries requests to a server. Throws CONNECTION_FAILED, TIMEOUT, or the reason of the request's signal. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Lets go of idle connections. The transport can still be used. */
  close(): void
}

/** Node's own HTTP client, which can tell connecting from waiting; elsewhere, or where one is given, `fetch`. */
export function openTransport(fetch?: typeof globalThis.fetch): Transport {
  return (fetch === undefined ? nodeTransport() : undefined) ?? fetchTransport(fetch)
}
