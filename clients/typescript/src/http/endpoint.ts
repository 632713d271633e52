import { HeadwaterError } from '../errors.js'
import { toJson } from '../json.js'
import { eventStream } from '../live/event-stream.js'
import { answerShapes } from '../operations.generated.js'
import { openPage } from '../page-scope.js'
import type { TypedDocument } from '../typed-document.js'
import { dataOf } from './graphql-answer.js'
import { type RetryPolicy, withRetries } from './retries.js'
import { openTransport, type Transport } from './transport.js'

/** Where a server is and how it is spoken to. */
export interface EndpointOptions extends Partial<RetryPolicy> {
  /** The server's address, with or without `/graphql`; http://127.0.0.1:4000 by default. In a page it may be relative. */
  url?: string | URL
  /** Sent as `Authorization: Bearer …`; a function is asked before every attempt, so that a token can be renewed. */
  token?: string | (() => string | Promise<string>)
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Until a connection stands, in ms; 5,000 by default. */
  connectTimeoutMs?: number
  /** The longest silence of the server before its answer, in ms; 40,000 by default, a little more than a statement may take there. */
  readTimeoutMs?: number
  /** Used instead of the runtime's own HTTP client. */
  fetch?: typeof globalThis.fetch
}

/** Of one request. */
export interface RequestOptions {
  /** Ends the wait; the request may have been carried out all the same. */
  signal?: AbortSignal | undefined
  /** In a browser: one attempt that is delivered even though the page goes away; at most 64 KiB. */
  keepalive?: boolean | undefined
}

/** Speaks GraphQL to one server. All it sends may be sent again: a recording carries an idempotency key. */
export class Endpoint {
  readonly url: URL
  readonly #options: EndpointOptions
  /** From a name and a password in the URL, which `fetch` takes in none. */
  readonly #basic: string | undefined
  readonly retries: RetryPolicy
  readonly #transport: Transport

  constructor(options: EndpointOptions = {}) {
    const { url = 'http://127.0.0.1:4000', retries = 5, firstPauseMs = 200, longestPauseMs = 5_000 } = options
    this.url = graphqlUrl(url)
    this.#basic = basicOf(this.url)
    this.url.username = ''
    this.url.password = ''
    this.#options = options
    this.retries = { retries, firstPauseMs, longestPauseMs }
    this.#transport = openTransport(options.fetch)
  }

  /** Throws a HeadwaterError, or the reason of the signal. */
  async request<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    { signal, keepalive }: RequestOptions = {},
  ): Promise<Data> {
    const policy = keepalive === true ? { ...this.retries, retries: 0 } : this.retries
    const body = bodyOf(document, variables)
    return withRetries(policy, signal, () => this.#send(document, body, { signal, keepalive }))
  }

  /** The same, in one attempt. */
  once<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    options: RequestOptions = {},
  ): Promise<Data> {
    return this.#send(document, bodyOf(document, variables), options)
  }

  /** What a subscription answers over one connection; null for a sign of life. Throws when that is lost. */
  async *stream<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    variables: Variables,
    { signal, silenceMs }: { signal: AbortSignal; silenceMs: number },
  ): AsyncGenerator<Data | null, void, undefined> {
    const { connectTimeoutMs = 5_000, readTimeoutMs = 40_000, fetch = globalThis.fetch } = this.#options
    const request = {
      url: this.url,
      headers: { ...(await this.#headers()), accept: 'text/event-stream' },
      body: bodyOf(document, variables),
      openWithinMs: connectTimeoutMs + readTimeoutMs,
      silenceMs,
      signal,
    }
    for await (const sent of eventStream(fetch, request)) {
      if (sent.kind === 'comment') yield null
      else {
        const answer = { status: 200, text: sent.data, header: () => null }
        yield dataOf(answer, this.url, answerShapes.get(document)) as Data
      }
    }
  }

  /** Lets go of idle connections. */
  close(): void {
    this.#transport.close()
  }

  async #send<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    body: string,
    { signal, keepalive }: RequestOptions,
  ): Promise<Data> {
    const { connectTimeoutMs = 5_000, readTimeoutMs = 40_000 } = this.#options
    const headers = await this.#headers()
    const request = { url: this.url, headers, body, connectTimeoutMs, readTimeoutMs, signal, keepalive }
    // The document was typed from the schema that the server answers by.
    return dataOf(await this.#transport.send(request), this.url, answerShapes.get(document)) as Data
  }

  async #headers(): Promise<Record<string, string>> {
    const { headers = {}, token } = this.#options
    const bearer = typeof token === 'function' ? await tokenOf(token) : token
    const authorization = bearer === undefined ? this.#basic : `Bearer ${bearer}`
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      ...headers,
      ...(authorization === undefined ? {} : { authorization }),
    }
  }
}

function bodyOf(document: string, variables: unknown): string {
  return `{"query":${JSON.stringify(document)},"variables":${toJson({ ...Object(variables) }, '')}}`
}

function graphqlUrl(given: string | URL): URL {
  const url = parsed(given)
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith('/graphql') ? path : `${path}/graphql`
  return url
}

function parsed(given: string | URL): URL {
  try {
    const url = new URL(given, openPage()?.location.href)
    basicOf(url)
    if (/^https?:$/.test(url.protocol)) return url
  } catch {
    // Not repeated, nor kept as a cause: it may hold a password.
  }
  const message = 'url: expected one as http://127.0.0.1:4000, or with https:, got another'
  throw new HeadwaterError('BAD_USER_INPUT', message, { field: 'url' })
}

async function tokenOf(ask: () => string | Promise<string>): Promise<string> {
  try {
    return await ask()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it threw'
    throw new HeadwaterError('UNAUTHENTICATED', `no token could be had: ${reason}`, { cause })
  }
}

function basicOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}
