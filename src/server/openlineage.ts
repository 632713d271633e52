import type { IncomingMessage, ServerResponse } from 'node:http'
import { Router } from 'express'
import { badUserInput } from '../errors/headwater-error.js'
import type { Store } from '../store/store.js'
import {
  ingestEventText,
  ingestListedEvent,
  type ListedEvent,
  parseEventList,
} from '../use-cases/ingest-event.js'
import { describeError, errorBody, statusOfError } from './errors.js'
import type { Logger } from './logger.js'
import { answerJson, answerUnread, type Step } from './plain-http.js'
import { readBody } from './request-body.js'

/** So many events of one batch are under way at once. */
const AT_ONCE = 64

interface FailedEvent {
  index: number
  reason: string
  retriable: boolean
}

/** What takes OpenLineage events as its clients send them. What the body's reading refuses is passed on. */
export interface OpenLineage {
  /** An event. */
  takeEvent: Step
  /** A list of events, each of which stands for itself. */
  takeBatch: Step
}

/** Keeps the events in `store`. */
export function openLineage(store: Store, logger: Logger, limitBytes: number): OpenLineage {
  const taking =
    (take: (body: string, response: ServerResponse) => Promise<void>): Step =>
    async (request, response, next) => {
      if (isFromElsewhere(request)) {
        const error = errorBody('FORBIDDEN', 'expected no page of another site to send events')
        return answerUnread(request, response, 403, error)
      }
      let body: Buffer
      try {
        body = await readBody(request, limitBytes)
      } catch (refused) {
        return next(refused)
      }
      try {
        await take(textOf(body), response)
      } catch (error) {
        answerError(error, response, logger)
      }
    }
  return {
    takeEvent: taking(async (body, response) => {
      await ingestEventText(store, body)
      // Clients want a body, however empty: not a 204.
      response.writeHead(201, { 'content-length': '0' }).end()
    }),
    takeBatch: taking(async (body, response) => {
      const events = parseEventList(body)
      answerJson(response, 200, summaryOf(events.length, await ingestAll(store, logger, events)))
    }),
  }
}

/**
 * Whether a page of another site makes a browser send this: it names its origin then, and programs name none. The
 * content type says nothing: what sends events has any.
 */
function isFromElsewhere({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}

/** `/lineage` and `/lineage/batch`, below `/api/v1`. */
export function openLineageRoutes({ takeEvent, takeBatch }: OpenLineage): Router {
  const routes = Router()
  routes.post('/lineage', takeEvent)
  routes.post('/lineage/batch', takeBatch)
  routes.all(['/lineage', '/lineage/batch'], ({ method, baseUrl, path }, response) => {
    const error = errorBody('BAD_USER_INPUT', `${method} ${baseUrl}${path}: expected POST`)
    answerJson(response, 405, error, { allow: 'POST' })
  })
  return routes
}

/** What has become of each: a bad one does not hold up the others. */
async function ingestAll(
  store: Store,
  logger: Logger,
  events: readonly ListedEvent[],
): Promise<FailedEvent[]> {
  const failed: FailedEvent[] = []
  for (let start = 0; start < events.length; start += AT_ONCE) {
    const some = events.slice(start, start + AT_ONCE)
    const outcomes = await Promise.allSettled(some.map((event) => ingestListedEvent(store, event)))
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

function textOf(body: Buffer): string {
  if (body.length === 0) throw badUserInput('$', 'nothing', 'JSON in the body')
  try {
    return UTF_8.decode(body)
  } catch {
    throw badUserInput('$', 'other bytes', 'JSON as UTF-8')
  }
}

function answerError(error: unknown, response: ServerResponse, logger: Logger): void {
  const { message, extensions } = describeError(error, logger)
  const { status, headers } = statusOfError(extensions.code)
  answerJson(response, status, errorBody(extensions.code, message), headers)
}
