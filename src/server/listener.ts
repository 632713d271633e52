import { IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { Server as Listener, type Socket } from 'node:net'
import { StartupError } from '../errors/startup-error.js'
import type { Config } from './config.js'
import { errorBody, RETRY_AFTER_SECONDS } from './errors.js'
import { answerJson } from './plain-http.js'

/**
 * How long a connection may be idle, in ms: longer than clients and load balancers (60 s, most of them) keep theirs, so
 * that none sends a request into a connection that is just being closed.
 */
const KEEP_ALIVE_MS = 65_000

const HEAD_MS = 15_000

/** How often Node.js looks for requests that take longer, in ms. */
const LOOK_MS = 1_000

/** How long the head of a request may take to arrive, or the first byte on a new connection, in ms. */
export function headTimeoutMs(receiveTimeoutMs: number): number {
  return Math.min(HEAD_MS, receiveTimeoutMs)
}

/** Ends connections on which a request does not arrive: whoever holds them back (slowloris) would hold them for good. */
export function receiving({ receiveTimeoutMs }: Pick<Config, 'receiveTimeoutMs'>): ServerOptions {
  return {
    headersTimeout: headTimeoutMs(receiveTimeoutMs),
    requestTimeout: receiveTimeoutMs,
    connectionsCheckingInterval: LOOK_MS,
    IncomingMessage: Request,
  }
}

/**
 * Where anybody listens for upgrades Node.js takes every request that offers one for nothing else, e.g. to h2c or TLS, as
 * some clients do with each. All but websockets are answered as if they had not: RFC 9110, 7.8.
 */
class Request extends IncomingMessage {
  /** Set before this class has members of its own. */
  declare private isOffered: boolean

  get upgrade(): boolean {
    return this.isOffered && this.headers.upgrade?.toLowerCase() === 'websocket'
  }

  set upgrade(isOffered: boolean) {
    this.isOffered = isOffered
  }
}

/** Resolves with the URL of a server that listens. Throws a StartupError where it cannot. */
export function listen(http: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  http.keepAliveTimeout = KEEP_ALIVE_MS
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(asStartupError(error, host, port)))
    http.listen(port, host, () => {
      const address = http.address()
      const bound = address !== null && typeof address === 'object' ? address.port : port
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`)
    })
  })
}

function asStartupError(error: NodeJS.ErrnoException, host: string, port: number): StartupError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupError(
        `port ${port} on ${host} is in use: stop what uses it, or set PORT to another`,
        { cause: error },
      )
    case 'EACCES':
      return new StartupError(
        `port ${port} on ${host} may not be used by this user: set PORT to one above 1023`,
        { cause: error },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupError(`HOST ${host} is no address of this machine: set HOST to one, e.g. 127.0.0.1`, {
        cause: error,
      })
    default:
      return new StartupError(`cannot listen on ${host}:${port} (${error.message}): set HOST and PORT`, {
        cause: error,
      })
  }
}

/** The answers that a server is giving. */
export class AnswersUnderWay {
  readonly #answers = new Set<ServerResponse>()
  #isLast = false

  /** To be called with each, before anything of it is sent. */
  add(response: ServerResponse): void {
    if (this.#isLast) response.setHeader('connection', 'close')
    this.#answers.add(response)
    response.once('close', () => this.#answers.delete(response))
  }

  /** Whether something of an answer has been sent on a connection, and more is to come. */
  haveBegunOn(socket: Socket): boolean {
    for (const response of this.#answers) if (response.socket === socket && response.headersSent) return true
    return false
  }

  /** From now on each says, where its head has not been sent, that it is the last on its connection. */
  endConnections(): void {
    this.#isLast = true
    for (const response of this.#answers) {
      if (!response.headersSent) response.setHeader('connection', 'close')
    }
  }

  /** Answers what has not been by now: whoever asked is told to ask another server. */
  giveUp(): void {
    const error = errorBody('SERVICE_UNAVAILABLE', 'the server is stopping; try again shortly')
    for (const response of this.#answers) {
      if (response.headersSent) continue
      answerJson(response, 503, error, { 'retry-after': String(RETRY_AFTER_SECONDS) })
    }
  }
}

/**
 * How long a connection that a client keeps open stays so while the server stops, in ms. What the client sends until then
 * is answered, and the answer says that it is the last; a connection that is cut loses what is just on its way.
 */
const LAST_REQUEST_MS = 500

/** How long the last answers may be on their way, in ms. */
const LAST_ANSWER_MS = 100

/** Takes no new connections, and resolves when requests under way have been answered: by 503 where the time is over. */
export function drain(http: Server, answers: AnswersUnderWay, timeoutMs: number): Promise<void> {
  answers.endConnections()
  http.keepAliveTimeout = LAST_REQUEST_MS
  return new Promise((resolve) => {
    const idle = setTimeout(() => http.closeIdleConnections(), LAST_REQUEST_MS)
    let cut: NodeJS.Timeout | undefined
    const enough = setTimeout(() => {
      answers.giveUp()
      cut = setTimeout(() => http.closeAllConnections(), LAST_ANSWER_MS)
    }, timeoutMs)
    // Its own close() cuts off at once what is idle.
    Listener.prototype.close.call(http, () => {
      clearTimeout(idle)
      clearTimeout(enough)
      clearTimeout(cut)
      resolve()
    })
  })
}

/** Closes a server at once, whatever it is doing. */
export function closeNow(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve())
    http.closeAllConnections()
  })
}
