import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ApolloServer } from '@apollo/server'
import { expressMiddleware } from '@as-integrations/express5'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { RequestContext } from '../context.js'
import { RequestEnd } from '../store/request-end.js'
import type { Store } from '../store/store.js'
import type { Audit } from './access/audit.js'
import { type Authenticator, accessOf, createGuards, type Guards } from './access/guard.js'
import { brokenJson } from './broken-json.js'
import { compressAnswers } from './compression.js'
import type { Config } from './config.js'
import { errorBody, RETRY_AFTER_SECONDS } from './errors.js'
import { explorerRoutes } from './explorer.js'
import { exportRoutes } from './export.js'
import { GRAPHIQL_PAGE } from './graphiql.js'
import type { Health } from './health.js'
import { checkJsonDepth } from './limits/json-depth.js'
import { leftOutRoot } from './limits/left-out-root.js'
import type { Walks } from './limits/walks.js'
import type { AccessBy } from './live/admission.js'
import { eventStreams } from './live/event-stream.js'
import type { Operations } from './live/operations.js'
import type { Logger } from './logger.js'
import { type Metrics, metricsRoutes } from './metrics.js'
import { type OpenLineage, openLineage, openLineageRoutes } from './openlineage.js'
import { type Naming, refuseMisdirected } from './origin.js'
import { answerUnread, type Step } from './plain-http.js'
import { isLonger, RefusedRequest, TooLargeRequest } from './request-body.js'
import type { ContextMaker } from './request-context.js'
import { shareKind } from './request-kind.js'
import { logRequests, requestIdOf } from './request-log.js'

/** What the HTTP side is made of. */
export interface HttpAppParts {
  apollo: ApolloServer<RequestContext>
  makeContext: ContextMaker
  operations: Operations
  /** For what goes on after a guard has let it pass. */
  accessBy: AccessBy
  store: Store
  health: Health
  logger: Logger
  config: Pick<
    Config,
    'bodyLimitBytes' | 'eventLimitBytes' | 'jsonDepth' | 'live' | 'query' | 'walkTimeoutMs'
  > &
    Naming
  walks: Walks
  /** Null where nobody is asked who they are. */
  authenticator: Authenticator | null
  /** Null where nobody wants to know who has changed what. */
  audit: Audit | null
  /** Null where nothing is measured. */
  metrics: Metrics | null
}

/** What every request goes through but those of probes. */
interface Steps {
  log: Step
  misdirected: Step
  refuse: Step
  guards: Guards
}

/**
 * Everything the server answers over HTTP. An event goes past express, which costs more CPU than to read the event and to
 * check it: 0.25 ms.
 */
export function createHttpApp(parts: HttpAppParts): RequestListener {
  const { store, health, logger, config, authenticator, audit, metrics } = parts
  const guards = createGuards(authenticator, logger)
  const log = measured(metrics, logRequests(logger))
  const steps = { log, misdirected: refuseMisdirected(config), refuse: refuseWhile(health), guards }
  const lineage = openLineage(store, logger, audit, config.eventLimitBytes)
  const app = createExpressApp(parts, steps, lineage)
  const takeEvent: RequestListener = (request, response) => {
    const failed = (error: unknown) => answerFailure(error, request, response, logger)
    const take = () => lineage.takeEvent(request, response, failed)
    const admit = () => guards.recorders(request, response, take)
    const look = () => steps.refuse(request, response, admit)
    steps.log(request, response, () => steps.misdirected(request, response, look))
  }
  return (request, response) => (isEvent(request) ? takeEvent : app)(request, response)
}

/** Measures what is logged. */
function measured(metrics: Metrics | null, log: Step): Step {
  if (metrics === null) return log
  return (request, response, next) => metrics.measure(request, response, () => log(request, response, next))
}

/** As clients send them. One to another form of this URL, e.g. with a query, finds its way through express. */
function isEvent({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && url === '/api/v1/lineage'
}

function createExpressApp(
  parts: HttpAppParts,
  { log, misdirected, refuse, guards }: Steps,
  lineage: OpenLineage,
): Express {
  const { store, health, logger, config, walks, metrics } = parts
  const app = express()
  app.disable('x-powered-by')
  app.get('/livez', (_request, response) => void response.type('text').send('ok'))
  app.get('/readyz', async (_request, response) => {
    const reason = await health.unreadiness()
    response
      .status(reason === null ? 200 : 503)
      .type('text')
      .send(reason ?? 'ok')
  })
  app.use(log, misdirected)
  if (metrics !== null) app.use(metricsRoutes(metrics, guards.readersOfAll))
  app.use(refuse)
  // Its answers are short.
  app.use('/api/v1', guards.recorders, openLineageRoutes(lineage))
  app.use(compressAnswers())
  app.use(explorerRoutes())
  app.get('/graphql', (request, response, next) => {
    // The library says nothing of its part on a 304, whose Vary must be that of the answer it stands for.
    response.vary('Accept, Accept-Encoding')
    if (request.accepts(['json', 'html']) === 'html') response.type('html').send(GRAPHIQL_PAGE)
    else next()
  })
  app.use('/graphql', guards.readers, createApi(parts))
  const storeFor = (request: IncomingMessage) => store.visibleTo(accessOf(request))
  app.use('/export', guards.readers, exportRoutes(storeFor, logger, walks, config.walkTimeoutMs))
  app.use((request, response) => {
    response
      .status(404)
      .json(
        errorBody(
          'BAD_USER_INPUT',
          `${request.method} ${request.path}: expected /graphql, /api/v1/lineage, /export/lineage, ${metrics === null ? '' : '/metrics, '}/livez or /readyz`,
        ),
      )
  })
  const answerAsJson: ErrorRequestHandler = (error: unknown, request, response, next) =>
    response.headersSent ? next(error) : answerFailure(error, request, response, logger)
  app.use(answerAsJson)
  return app
}

/** Answers GraphQL. Nobody keeps these answers, so none is hashed for an ETag. */
function createApi({
  apollo,
  makeContext,
  operations,
  accessBy,
  config: { bodyLimitBytes, jsonDepth, live, query },
}: HttpAppParts): Express {
  const api = express()
  api.disable('x-powered-by')
  api.disable('etag')
  api.use(
    refuseLonger(bodyLimitBytes),
    express.json({ limit: bodyLimitBytes, verify: checkJsonDepth(jsonDepth) }),
    refuseLeftOut(query.tokens),
    eventStreams(operations, accessBy, live.slowMs),
    expressMiddleware(apollo, {
      context: async ({ req }) => {
        const end = new RequestEnd()
        shareKind(req, end)
        const { remoteAddress } = req.socket
        return makeContext({ access: accessOf(req), requestId: requestIdOf(req), remoteAddress, end })
      },
    }),
  )
  return api
}

function refuseLeftOut(tokens: number): RequestHandler {
  return (request, _response, next) => {
    const refusal = leftOutRoot(request.body?.query ?? request.query['query'], tokens)
    next(refusal === null ? undefined : new RefusedRequest(400, refusal))
  }
}

/** Express would read all of it before it says so. */
function refuseLonger(limit: number): Step {
  return (request, _response, next) => next(isLonger(request, limit) ? new TooLargeRequest(limit) : undefined)
}

/** A client on a connection that was kept alive learns here that it must go elsewhere. */
function refuseWhile(health: Health): Step {
  return (request, response, next) => {
    if (!health.isDraining) return next()
    const error = errorBody('SERVICE_UNAVAILABLE', 'the server is stopping; try again shortly')
    answerUnread(request, response, 503, error, { 'retry-after': String(RETRY_AFTER_SECONDS) })
  }
}

/** What express and body-parser refuse, in the form of every other error. */
function answerFailure(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
): void {
  const status = statusOf(error)
  if (status >= 500) logger.error({ err: error }, 'request failed')
  const code = status < 500 ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR'
  answerUnread(request, response, status, errorBody(code, messageOf(error, status)))
}

function messageOf(error: unknown, status: number): string {
  if (status === 413 && error instanceof Error && 'limit' in error)
    return `expected a body of at most ${error.limit} bytes: see HEADWATER_BODY_LIMIT_BYTES, and HEADWATER_EVENT_LIMIT_BYTES for OpenLineage`
  const broken = brokenJson(error)
  if (broken !== null) return broken
  return status < 500 && error instanceof Error ? error.message : 'the server failed; its log says more'
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 600 ? status : 500
}
