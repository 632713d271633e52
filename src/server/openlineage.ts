import express, { type Request, type Response, Router } from 'express'
import { badUserInput } from '../errors/headwater-error.js'
import type { Store } from '../store/store.js'
import { ingestEventText, ingestListedEvent, parseEventList } from '../use-cases/ingest-event.js'
import { describeError, errorBody, statusOfError } from './errors.js'
import type { Logger } from './logger.js'

/** So many events of one batch are under way at once. */
const AT_ONCE = 64

interface FailedEvent {
  index: number
  reason: string
  retriable: boolean
}

/** Takes OpenLineage events as its clients send them, to `/api/v1/lineage` and `/api/v1/lineage/batch`. */
export function openLineageRoutes(store: Store, logger: Logger, limitBytes: number): Router {
  const routes = Router()
  // The limit holds for what comes out of gzip.
  const body = express.raw({ type: () => true, limit: limitBytes, inflate: true })
  routes.post('/lineage', body, async (request, response) => {
    try {
      await ingestEventText(store, textOf(request))
      // Clients want a body, however empty: not a 204.
      response.status(201).set('content-length', '0').end()
    } catch (error) {
      answerError(error, response, logger)
    }
  })
  routes.post('/lineage/batch', body, async (request, response) => {
    try {
      const events = parseEventList(textOf(request))
      response.json(summaryOf(events.length, await ingestAll(store, logger, events)))
    } catch (error) {
      answerError(error, response, logger)
    }
  })
  routes.all(['/lineage', '/lineage/batch'], (request, response) => {
    response
      .status(405)
      .set('allow', 'POST')
      .json(errorBody('BAD_USER_INPUT', `${request.method} ${request.baseUrl}${request.path}: expected POST`))
  })
  return routes
}

/** What has become of each: a bad one does not hold up the others. */
async function ingestAll(store: Store, logger: Logger, events: readonly unknown[]): Promise<FailedEvent[]> {
  const failed: FailedEvent[] = []
  for (let start = 0; start < events.length; start += AT_ONCE) {
    const some = events.slice(start, start + AT_ONCE)
    const outcomes = await Promise.allSettled(
      some.map((event, at) => ingestListedEvent(store, event, start + at)),
    )
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue
      const { message, extensions } = describeError(outcome.reason, logger)
      failed.push({
        index: start + at,
        reason: message,
        retriable: statusOfError(extensions.code).status >= 500,
      })
    }
  }
  return failed
}

function summaryOf(received: number, failed: readonly FailedEvent[]) {
  const retriable = failed.filter((one) => one.retriable).length
  return {
    status: failed.length === 0 ? 'success' : failed.length < received ? 'partial_success' : 'failure',
    summary: {
      received,
      successful: received - failed.length,
      failed: failed.length,
      retriable,
      non_retriable: failed.length - retriable,
    },
    failed_events: failed,
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

function textOf(request: Request): string {
  if (!Buffer.isBuffer(request.body)) throw badUserInput('$', 'nothing', 'JSON in the body')
  try {
    return UTF_8.decode(request.body)
  } catch {
    throw badUserInput('$', 'other bytes', 'JSON as UTF-8')
  }
}

function answerError(error: unknown, response: Response, logger: Logger): void {
  const { message, extensions } = describeError(error, logger)
  const { status, headers } = statusOfError(extensions.code)
  response.status(status).set(headers).json(errorBody(extensions.code, message))
}
