import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
} from 'graphql'
import {
  CloseCode,
  handleProtocols,
  makeServer,
  type OperationResult,
  type Server,
  type SubscribePayload,
} from 'graphql-ws'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Access } from '../../lineage/access/access.js'
import type { Config } from '../config.js'
import { describeError, errorBody } from '../errors.js'
import { depthOf, tooDeep } from '../limits/json-depth.js'
import type { Logger } from '../logger.js'
import { FROM_ELSEWHERE, isForThisServer, isFromElsewhere, MISDIRECTED, type Naming } from '../origin.js'
import type { Note } from '../request-log.js'
import { type AccessBy, RECHECK_MS } from './admission.js'
import type { Operations } from './operations.js'

/** Of RFC 6455: the server goes away; what was sent breaks its rules; try again later. */
const CLOSE = { goingAway: 1001, policy: 1008, tryAgain: 1013 } as const

/** How often each client is asked whether it is there, in ms; who has not answered by the next time is gone. */
const PING_MS = 12_000
/** How long a client may take to say who it is, in ms. */
const INIT_MS = 10_000
/** How long a client may take to answer that the connection is closed, in ms. */
const CLOSING_MS = 2_000
/** The same for one that has to read first what it was sent before. */
const SLOWLY_CLOSING_MS = 10_000

/** What websockets are made of. */
export interface WebSocketsParts {
  operations: Operations
  schema: GraphQLSchema
  /** What a caller may do, by its header. Throws where it may not even ask. */
  accessBy: AccessBy
  config: Pick<Config, 'bodyLimitBytes' | 'jsonDepth' | 'live'> & Naming
  logger: Logger
}

/** Of one connection. */
interface Extra {
  id: string
  /** Afterwards the connection may be gone. */
  remoteAddress: string | undefined
  socket: WebSocket
  access: Access | null
  authorization: string | undefined
}

/** What came of an operation: graphql-ws takes it from the function that it is told to run it by. */
interface Prepared extends ExecutionArgs {
  outcome: FormattedExecutionResult | AsyncGenerator<FormattedExecutionResult, void, void>
}

const outcomeOf = (args: ExecutionArgs) => (args as Prepared).outcome as OperationResult

/** As it is answered already, with all that it says. */
class FormattedError extends GraphQLError {
  constructor(private readonly formatted: GraphQLFormattedError) {
    super(formatted.message)
  }

  override toJSON(): GraphQLFormattedError {
    return this.formatted
  }
}

/** What graphql-ws throws for messages that servers send. */
const NOT_FOR_SERVERS = /^Unexpected message of type/

/** graphql-ws looks at documents only for the kind of the operation. */
const LIKE_A_QUERY = parse('{ any }')
const LIKE_A_SUBSCRIPTION = parse('subscription { any }')

/**
 * GraphQL over websockets: graphql-transport-ws, by graphql-ws. A client is sent one thing after the other, no faster than
 * it takes them, so what it has not read costs no memory.
 */
export class WebSockets {
  readonly #listener: WebSocketServer
  readonly #server: Server<Extra>
  readonly #connections = new Set<Extra>()
  readonly #recheck: NodeJS.Timeout

  constructor(private readonly parts: WebSocketsParts) {
    this.#listener = new WebSocketServer({
      noServer: true,
      maxPayload: parts.config.bodyLimitBytes,
      handleProtocols,
      clientTracking: false,
    })
    this.#server = makeServer<Record<string, unknown>, Extra>({
      connectionInitWaitTimeout: INIT_MS,
      onConnect: ({ extra, connectionParams }) => this.#admit(extra, connectionParams),
      onSubscribe: ({ extra, subscriptions }, _id, payload) =>
        this.#begin(extra, Object.keys(subscriptions).length, payload),
      execute: outcomeOf,
      subscribe: outcomeOf,
      // Errors have the form in which they are answered.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
    })
    this.#recheck = setInterval(() => {
      // Who has not said yet who it is has a time for that.
      for (const extra of this.#connections) if (extra.access !== null) void this.#check(extra)
    }, RECHECK_MS)
    this.#recheck.unref()
  }

  /** How many connections there are. */
  get count(): number {
    return this.#connections.size
  }

  /** Of a request to change to a websocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined)
    const { most } = this.parts.config.live.connections
    if (request.url?.split('?', 1)[0] !== '/graphql')
      refuse(socket, 404, 'BAD_USER_INPUT', 'expected a websocket at /graphql')
    else if (!isForThisServer(request, this.parts.config)) refuse(socket, 421, 'FORBIDDEN', MISDIRECTED)
    else if (isFromElsewhere(request)) refuse(socket, 403, 'FORBIDDEN', FROM_ELSEWHERE)
    else if (this.parts.operations.isClosed)
      refuse(socket, 503, 'SERVICE_UNAVAILABLE', 'the server is stopping; try again shortly')
    else if (this.count >= most)
      refuse(
        socket,
        503,
        'SERVICE_UNAVAILABLE',
        `expected at most ${most} websockets at once (HEADWATER_WEBSOCKETS), got one more; try again later`,
      )
    else this.#listener.handleUpgrade(request, socket, head, (opened) => this.#opened(opened, request))
  }

  /** Tells everybody to go elsewhere; resolves when all have gone. */
  async close(): Promise<void> {
    clearInterval(this.#recheck)
    await Promise.all(
      [...this.#connections].map(({ socket }) => closed(socket, CLOSE.goingAway, 'the server is stopping')),
    )
    this.#listener.close()
  }

  #opened(socket: WebSocket, request: IncomingMessage): void {
    const { authorization } = request.headers
    const { remoteAddress } = request.socket
    const extra: Extra = { id: randomUUID(), remoteAddress, socket, access: null, authorization }
    const openedAt = performance.now()
    const sending = new Sending(socket, this.parts.config.live.slowMs)
    const isAlive = pinging(socket, sending)
    this.#connections.add(extra)
    // What is wrong with what it sends ws answers by a close code of its own.
    socket.on('error', (error) =>
      this.parts.logger.debug({ err: error, websocket: extra.id }, 'websocket failed'),
    )
    const hasClosed = this.#server.opened(
      {
        protocol: socket.protocol,
        send: (text) => sending.send(text),
        close: (code, reason) => void closed(socket, code ?? 1000, reason ?? ''),
        onMessage: (take) => socket.on('message', (data) => void this.#take(socket, data, take)),
      },
      extra,
    )
    socket.once('close', (code, reason) => {
      this.#connections.delete(extra)
      clearInterval(isAlive)
      const ms = Math.round(performance.now() - openedAt)
      this.parts.logger.debug({ websocket: extra.id, remoteAddress, code, ms }, 'websocket closed')
      void hasClosed(code, String(reason))
    })
  }

  async #take(socket: WebSocket, data: RawData, take: (text: string) => Promise<void>): Promise<void> {
    const { jsonDepth } = this.parts.config
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)])
    const depth = depthOf(bytes)
    if (depth > jsonDepth) return void closed(socket, CloseCode.BadRequest, tooDeep(jsonDepth, depth))
    try {
      await take(bytes.toString())
    } catch (error) {
      if (error instanceof Error && NOT_FOR_SERVERS.test(error.message))
        return void closed(socket, CloseCode.BadRequest, error.message)
      const { message } = describeError(error, this.parts.logger)
      void closed(socket, CloseCode.InternalServerError, message)
    }
  }

  /** By its header, or by what it says first: browsers can set no header. */
  async #admit(extra: Extra, params: Record<string, unknown> | undefined): Promise<boolean> {
    const said = Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1]
    if (typeof said === 'string') extra.authorization = said
    return this.#check(extra)
  }

  /** Whether the caller may still ask; who may not is told why. */
  async #check(extra: Extra): Promise<boolean> {
    let note: Note = {}
    try {
      extra.access = await this.parts.accessBy(extra.authorization, (one) => {
        note = one
      })
      return true
    } catch (error) {
      if (!(error instanceof HeadwaterError)) throw error
      // While storage cannot say it, what was said before holds.
      if (error.code === 'SERVICE_UNAVAILABLE' && extra.access !== null) return true
      const code = error.code === 'SERVICE_UNAVAILABLE' ? CLOSE.tryAgain : CloseCode.Forbidden
      const { id, remoteAddress } = extra
      this.parts.logger.info({ websocket: id, remoteAddress, code, ...note }, 'websocket refused')
      void closed(extra.socket, code, error.message)
      return false
    }
  }

  async #begin(
    { access, id, remoteAddress }: Extra,
    count: number,
    { query, variables, operationName, extensions }: SubscribePayload,
  ): Promise<Prepared | readonly GraphQLError[]> {
    const { operations: most } = this.parts.config.live.connections
    if (count > most)
      return [
        new GraphQLError(
          `expected at most ${most} operations at once on a websocket (HEADWATER_WEBSOCKET_OPERATIONS), got one more`,
          { extensions: { code: 'QUERY_TOO_COMPLEX' } },
        ),
      ]
    if (access === null) throw new Error('an operation has come before it was known who sends it')
    const streamed = await this.parts.operations.begin({
      query,
      ...(variables == null ? {} : { variables }),
      ...(operationName == null ? {} : { operationName }),
      ...(extensions == null ? {} : { extensions }),
      access,
      requestId: id,
      remoteAddress,
      mayWrite: true,
    })
    const { schema } = this.parts
    if (streamed.kind === 'stream')
      return { schema, document: LIKE_A_SUBSCRIPTION, outcome: streamed.answers }
    const { data, errors = [] } = streamed.result
    if (errors.length > 0 && data == null) return errors.map((error) => new FormattedError(error))
    return { schema, document: LIKE_A_QUERY, outcome: streamed.result }
  }
}

/** So much, in bytes, may be on its way to a client. */
const MOST_BUFFERED = 64 * 1024

/** Of what could not be sent the socket tells by closing. */
const ignored = () => undefined

/** What is sent to one client; who takes nothing for too long is cut off. */
class Sending {
  #count = 0

  constructor(
    private readonly socket: WebSocket,
    private readonly slowMs: number,
  ) {}

  get isWaiting(): boolean {
    return this.#count > 0
  }

  /** Resolves when there is room for more: what is sent meanwhile leaves together. */
  send(text: string): Promise<void> {
    const { socket } = this
    if (socket.readyState !== socket.OPEN) return Promise.resolve()
    if (socket.bufferedAmount < MOST_BUFFERED) {
      socket.send(text, ignored)
      return Promise.resolve()
    }
    // Who does not read is not read from: what it asks for would wait for it in memory.
    if (this.#count++ === 0) socket.pause()
    return new Promise((resolve) => {
      const slow = setTimeout(
        () =>
          void closed(
            socket,
            CLOSE.tryAgain,
            `nothing was read for ${this.slowMs} ms: go on from the last watermark`,
            SLOWLY_CLOSING_MS,
          ),
        this.slowMs,
      )
      socket.send(text, () => {
        clearTimeout(slow)
        if (--this.#count === 0) socket.resume()
        resolve()
      })
    })
  }
}

/** Ends a connection whose other end has gone without saying so. One that waits to send something is looked after. */
function pinging(socket: WebSocket, sending: Sending): NodeJS.Timeout {
  let isThere = true
  socket.on('pong', () => {
    isThere = true
  })
  const timer = setInterval(() => {
    if (sending.isWaiting) return
    if (!isThere) return socket.terminate()
    isThere = false
    socket.ping()
  }, PING_MS)
  return timer
}

/** Reasons have room for so many bytes. */
const MOST_REASON = 123

/** Says why, and resolves when the connection is closed: by us, where the client does not. */
function closed(socket: WebSocket, code: number, reason: string, ms = CLOSING_MS): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve()
  const known = closing.get(socket)
  if (known !== undefined) return known
  socket.resume()
  const end = new Promise<void>((resolve) => {
    const enough = setTimeout(() => socket.terminate(), ms)
    socket.once('close', () => {
      clearTimeout(enough)
      resolve()
    })
    socket.close(code, Buffer.from(reason).subarray(0, MOST_REASON).toString().replace(/�+$/, ''))
  })
  closing.set(socket, end)
  return end
}

const closing = new WeakMap<WebSocket, Promise<void>>()

function refuse(
  socket: Duplex,
  status: number,
  code: Parameters<typeof errorBody>[0],
  message: string,
): void {
  const text = `${JSON.stringify(errorBody(code, message))}\n`
  const retry = status === 503 ? 'retry-after: 1\r\n' : ''
  socket.end(
    `HTTP/1.1 ${status} refused\r\nconnection: close\r\n${retry}content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
