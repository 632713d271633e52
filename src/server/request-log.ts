import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from './logger.js'
import type { Step } from './plain-http.js'

/** Under which id a request is logged, and its answer sent. */
const ids = new WeakMap<IncomingMessage, string>()

/** The id of a request that `logRequests` has seen. */
export function requestIdOf(request: IncomingMessage): string {
  return ids.get(request) ?? ''
}

/** What the log says of a request beside its outcome. */
export interface Note {
  /** Who it is of, where that is known. */
  caller?: string
  /** Why its token does not count. */
  refused?: string
}

const notes = new WeakMap<IncomingMessage, Note>()

/** Has it said in the log. */
export function noteForLog(request: IncomingMessage, note: Note): void {
  notes.set(request, note)
}

/**
 * Gives each request an id, and logs what became of it: by name, for headers and query strings may hold secrets.
 * Requests that went well are for debugging: at a thousand a second they would drown the rest, and cost most of what
 * a small one costs.
 */
export function logRequests(logger: Logger): Step {
  return (request, response, next) => {
    const id = givenId(request) ?? randomUUID()
    ids.set(request, id)
    response.setHeader('x-request-id', id)
    const startedAt = performance.now()
    // Express changes it on the way.
    const { url: fullUrl = '' } = request
    // Afterwards the connection may be gone.
    const { remoteAddress } = request.socket
    // Emitted once, after the answer was sent, or where the client has gone away before that.
    response.once('close', () => {
      const { statusCode } = response
      const isAborted = !response.writableFinished
      const level = levelOf(statusCode)
      if (!logger.isLevelEnabled(level)) return
      const { method } = request
      const url = fullUrl.split('?', 1)[0]
      logger[level](
        {
          req: { id, method, url, remoteAddress },
          res: { statusCode },
          ...notes.get(request),
          responseTime: Math.round(performance.now() - startedAt),
        },
        isAborted ? 'request aborted' : 'request completed',
      )
    })
    next()
  }
}

/** The caller's id where it sent a sane one, so that its logs and ours can be put side by side. */
function givenId({ headers }: IncomingMessage): string | undefined {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : undefined
}

function levelOf(statusCode: ServerResponse['statusCode']) {
  // It is over before anybody comes to look; what is behind it is logged by itself.
  if (statusCode === 503) return 'warn'
  if (statusCode >= 500) return 'error'
  return statusCode >= 400 ? 'info' : 'debug'
}
