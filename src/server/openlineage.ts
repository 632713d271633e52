import type { ServerResponse } from 'node:http'
import { Router } from 'express'
import { badUserInput } from '../errors/headwater-error.js'
import type { Access } from '../lineage/access/access.js'
import { namespacesOfEvent } from '../lineage/access/demand-event.js'
import type { Store } from '../store/store.js'
import {
  ingestEvent,
  type ListedEvent,
  parseEventList,
  type ReadEvent,
  readEventText,
  readListedEvent,
} from '../use-cases/ingest-event.js'
import type { Audit } from './access/audit.js'
import { accessOf } from './access/guard.js'
import { describeError, errorBody, statusOfError } from './errors.js'
import type { Logger } from './logger.js'
import { isFromElsewhere } from './origin.js'
import { answerJson, answerUnread, type Step } from './plain-http.js'
import { readBody } from './request-body.js'
import { requestIdOf } from './request-log.js'

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

/** What keeps events, for whom. */
interface Keeping {
  store: Store
  access: Access
  requestId: string
  remoteAddress: string | undefined
  audit: Audit | null
}

/** Keeps the events in `store`. Who sends them must have been let pass. */
export function openLineage(
  store: Store,
  logger: Logger,
  audit: Audit | null,
  limitBytes: number,
): OpenLineage {
  const taking =
    (take: (body: string, keeping: Keeping, response: ServerResponse) => Promise<void>): Step =>
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
        const keeping = {
          store,
          access: accessOf(request),
          requestId: requestIdOf(request),
          remoteAddress: request.socket.remoteAddress,
          audit,
        }
        await take(textOf(body), keeping, response)
      } catch (error) {
        answerError(error, response, logger)
      }
    }
  return {
    takeEvent: taking(async (body, keeping, response) => {
      await keep(keeping, () => readEventText(body))
      // Clients want a body, however empty: not a 204.
      response.writeHead(201, { 'content-length': '0' }).end()
    }),
    takeBatch: taking(async (body, keeping, response) => {
      const events = parseEventList(body)
      answerJson(response, 200, summaryOf(events.length, await ingestAll(keeping, logger, events)))
    }),
  }
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
  keeping: Keeping,
  logger: Logger,
  events: readonly ListedEvent[],
): Promise<FailedEvent[]> {
  const failed: FailedEvent[] = []
  for (let start = 0; start < events.length; start += AT_ONCE) {
    const some = events.slice(start, start + AT_ONCE)
    const outcomes = await Promise.allSettled(
      some.map((event) => keep(keeping, () => readListedEvent(event))),
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

async function keep({ store, access, audit, ...from }: Keeping, readEvent: () => ReadEvent): Promise<void> {
  let read: ReadEvent | null = null
  const log = (error: unknown) => {
    if (audit === null) return
    const namespaces = read === null ? [] : namespacesOfEvent(read.event)
    audit({ access, operation: 'openlineage', namespaces, ...from }, error)
  }
  try {
    read = readEvent()
    await ingestEvent(store, access, read)
  } catch (error) {
    log(error)
    throw error
  }
  log(null)
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
