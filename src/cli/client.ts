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
        extensions: z.object({ code: z.string(), field: z.string() }).partial().optional(),
      }),
    )
    .optional(),
})

/** An answer, or why there is none and whether another attempt may bring one. */
type Attempt =
  | { body: z.infer<typeof graphqlAnswer>; status: number }
  | { error: CommandError; isTransient: boolean; pauseMs?: number }

/**
 * Speaks GraphQL to one server. Whatever it is asked must be repeatable: a recording carries an idempotencyKey.
 */
export class Client {
  #hasAnswered = false

  /** `patienceMs`: how long a request is tried again while the server is away. */
  constructor(
    readonly url: URL,
    private readonly patienceMs = 10_000,
  ) {}

  /** Throws a ServerError for an answer with errors, a CommandError where there is no answer. */
  async request<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const body = JSON.stringify({ query: print(document), variables })
    const deadline = Date.now() + this.patienceMs
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(body)
      if ('body' in outcome) {
        this.#hasAnswered = true
        return dataOf<Data>(outcome.body, outcome.status)
      }
      // Full jitter, so that the clients of a server that comes back do not come back in step.
      const pause = Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
      const pauseMs = Math.max(pause, outcome.pauseMs ?? 0)
      if (!outcome.isTransient || Date.now() + pauseMs > deadline) throw outcome.error
      await sleep(pauseMs)
    }
  }

  async #attempt(body: string): Promise<Attempt> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'user-agent': `headwater/${VERSION}`,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      })
      return this.#read(response, await response.text())
    } catch (error) {
      const fault = connectionFaultOf(error)
      if (fault === undefined) throw error
      const message = `no Headwater answers at ${this.url} (${fault.reason}): start one with \`headwater serve\`, or pass --url`
      // A server that answered before is restarting; one that never did has most likely not been started.
      const isTransient = fault.kind === 'passing' || (fault.kind === 'absent' && this.#hasAnswered)
      return { error: new CommandError(message), isTransient }
    }
  }

  #read(response: Response, text: string): Attempt {
    const { status } = response
    const body = parseAnswer(text, status)
    const isTransient = TRANSIENT_STATUS.has(status)
    if (body !== undefined && !isTransient) return { body, status }
    const [first] = body?.errors ?? []
    const error =
      first === undefined
        ? new ServerError(notHeadwater(this.url, response), undefined, undefined, status)
        : new ServerError(first.message, first.extensions?.code, first.extensions?.field, status)
    return { error, isTransient, pauseMs: retryAfterMs(response) }
  }
}

function parseAnswer(text: string, status: number): z.infer<typeof graphqlAnswer> | undefined {
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

function dataOf<Data>({ data, errors = [] }: z.infer<typeof graphqlAnswer>, status: number): Data {
  const [first] = errors
  if (first !== undefined) {
    throw new ServerError(first.message, first.extensions?.code, first.extensions?.field, status)
  }
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
