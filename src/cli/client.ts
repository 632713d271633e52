import { setTimeout as sleep } from 'node:timers/promises'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import { z } from 'zod'
import { VERSION } from '../util/package-root.js'
import { CommandError } from './command-error.js'
import { connectionFaultOf } from './connection-fault.js'
import { ServerError } from './server-error.js'

/** Of one answer, in ms: a little more than the server allows a statement. Connecting has fetch's own 10 s. */
const ANSWER_TIMEOUT_MS = 40_000
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5_000

/** The server, or what stands before it, is away for the moment. */
const TRANSIENT_STATUS = new Set([502, 503, 504])

const graphqlAnswer = z.object({
  // Absent where the server refuses the variables, before anything is carried out.
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z
          .object({ code: z.string(), field: z.string(), retryable: z.boolean() })
          .partial()
          .optional(),
      }),
    )
    .optional(),
})

/** What an attempt has brought, or why nothing and whether another may. */
type Attempt<Value> = { value: Value } | { error: CommandError; isTransient: boolean; pauseMs?: number }

/** An answer in GraphQL's form. */
interface Answer {
  body: z.infer<typeof graphqlAnswer>
  status: number
}

/** Which server, and the token that it is shown. */
export interface ServerOptions {
  url: URL
  token?: string
}

const HEADERS = { accept: 'application/json', 'user-agent': `headwater/${VERSION}` }

/**
 * Speaks GraphQL to one server. Whatever it is asked must be repeatable: a recording carries an idempotencyKey.
 */
export class Client {
  readonly url: URL
  readonly #headers: Readonly<Record<string, string>>
  #hasAnswered = false

  /** `patienceMs`: how long a request is tried again while the server is away. */
  constructor(
    { url, token = '' }: ServerOptions,
    private readonly patienceMs = 10_000,
  ) {
    this.url = url
    // An empty variable is how many tools unset one.
    this.#headers = token === '' ? HEADERS : { ...HEADERS, authorization: `Bearer ${checkedToken(token)}` }
  }

  /** Throws a ServerError for an answer with errors, a CommandError where there is no answer. */
  async request<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const body = JSON.stringify({ query: print(document), variables })
    const { body: answer, status } = await this.#insist(async () => {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { ...this.#headers, 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      return this.#read(response, await response.text())
    })
    return dataOf<Data>(answer, status)
  }

  /** Sends JSON to what the server has at a path beside that of its API. Throws as `request`. */
  async post(path: string, body: string): Promise<unknown> {
    const url = new URL(this.url)
    url.pathname = url.pathname.replace(/graphql$/, path)
    return this.#insist<unknown>(async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...this.#headers, 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      const text = await response.text()
      if (response.ok) return { value: JSON.parse(text) }
      const attempt = this.#read(response, text)
      if ('error' in attempt) return attempt
      const [first] = attempt.value.body.errors ?? []
      return { error: errorOf(first, response.status) ?? this.#noAnswer(response), isTransient: false }
    })
  }

  /** Opens what the server has at a path beside that of its API, and leaves reading it to the caller. Throws as `request`. */
  async open(path: string, parameters: URLSearchParams): Promise<Response> {
    const url = new URL(this.url)
    url.pathname = url.pathname.replace(/graphql$/, path)
    url.search = parameters.toString()
    return this.#insist(async () => {
      const response = await fetch(url, { headers: { ...this.#headers, accept: '*/*' }, redirect: 'manual' })
      if (response.ok) return { value: response }
      const attempt = this.#read(response, await response.text())
      if ('error' in attempt) return attempt
      const [first] = attempt.value.body.errors ?? []
      return { error: errorOf(first, response.status) ?? this.#noAnswer(response), isTransient: false }
    })
  }

  /** Tries again while the server is away, and there is patience left. */
  async #insist<Value>(attempt: () => Promise<Attempt<Value>>): Promise<Value> {
    const deadline = Date.now() + this.patienceMs
    for (let failed = 0; ; failed++) {
      const outcome = await attempt().catch((error: unknown) => this.#faultOf(error))
      if ('value' in outcome) {
        this.#hasAnswered = true
        return outcome.value
      }
      // Full jitter, so that the clients of a server that comes back do not come back in step.
      const pause = Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** failed, LONGEST_PAUSE_MS)
      const pauseMs = Math.max(pause, outcome.pauseMs ?? 0)
      if (!outcome.isTransient || Date.now() + pauseMs > deadline) throw outcome.error
      await sleep(pauseMs)
    }
  }

  #faultOf(error: unknown): Attempt<never> {
    const fault = connectionFaultOf(error)
    if (fault === undefined) throw error
    const message = `no Headwater answers at ${this.url} (${fault.reason}): start one with \`headwater serve\`, or pass --url`
    // A server that answered before is restarting; one that never did has most likely not been started.
    const isTransient = fault.kind === 'passing' || (fault.kind === 'absent' && this.#hasAnswered)
    return { error: new CommandError(message), isTransient }
  }

  #read(response: Response, text: string): Attempt<Answer> {
    const { status } = response
    const body = parseAnswer(text, status)
    const isTransient = TRANSIENT_STATUS.has(status) && body?.errors?.[0]?.extensions?.retryable !== false
    if (body !== undefined && !isTransient) return { value: { body, status } }
    const error = errorOf(body?.errors?.[0], status) ?? this.#noAnswer(response)
    return { error, isTransient, pauseMs: retryAfterMs(response) }
  }

  #noAnswer(response: Response): ServerError {
    return new ServerError(notHeadwater(this.url, response), undefined, undefined, response.status)
  }
}

type AnswerError = NonNullable<Answer['body']['errors']>[number]

function errorOf(error: AnswerError | undefined, status: number): ServerError | undefined {
  if (error === undefined) return undefined
  const { message, extensions: { code, field } = {} } = error
  return new ServerError(explained(message, code), code, field, status)
}

function explained(message: string, code: string | undefined): string {
  if (code === 'UNAUTHENTICATED')
    return `the server does not know who asks: ${message}; pass one with --token, or as HEADWATER_TOKEN`
  return code === 'FORBIDDEN' ? `the server does not allow it: ${message}` : message
}

/** As HTTP can send it. What is wrong is not shown. */
function checkedToken(token: string): string {
  if (!/^[!-~]+$/.test(token)) throw new CommandError('--token: expected printable ASCII without spaces')
  return token
}

function parseAnswer(text: string, status: number): Answer['body'] | undefined {
  try {
    const answer = graphqlAnswer.safeParse(JSON.parse(text)).data
    const code = answer?.errors?.[0]?.extensions?.code
    // A server says the same in GraphQL's form where the path is wrong: that is nothing against what was sent.
    return status === 404 && code?.endsWith('_NOT_FOUND') !== true ? undefined : answer
  } catch {
    // Not JSON: a gateway, or another server.
    return undefined
  }
}

function dataOf<Data>({ data, errors = [] }: Answer['body'], status: number): Data {
  const error = errorOf(errors[0], status)
  if (error !== undefined) throw error
  // The document was typed from the schema that the server answers by.
  return data as Data
}

function notHeadwater(url: URL, { status, headers }: Response): string {
  const target = headers.get('location')
  const what = target === null ? `answers HTTP ${status}` : `redirects to ${target}`
  return `${url} ${what}, not as Headwater does: pass the URL of one with --url`
}

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after'))
  return Number.isFinite(seconds) ? Math.min(seconds * 1_000, LONGEST_PAUSE_MS) : 0
}
