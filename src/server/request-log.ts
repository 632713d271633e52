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
    // Emitted once, after the answer was sent, or where the client has gone away before that.
    response.once('close', () => {
      const { statusCode } = response
      const isAborted = !response.writableFinished
      const level = levelOf(statusCode)
      if (!logger.isLevelEnabled(level)) return
      const { method, socket } = request
      const url = fullUrl.split('?', 1)[0]
      logger[level](
        {
          req: { id, method, url, remoteAddress: socket.remoteAddress },
          res: { statusCode },
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
  if (statusCode >= 500) return 'error'
  return statusCode >= 400 ? 'info' : 'debug'
}
