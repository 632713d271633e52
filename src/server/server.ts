import { createServer, type RequestListener } from 'node:http'
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import type { RequestContext } from '../context.js'
import { Database } from '../store/prisma/database.js'
import type { LiveGraph, LiveGraphEvent } from '../store/prisma/live-graph.js'
import { migrate } from '../store/prisma/migrate.js'
import { openStore } from '../store/prisma/prisma-store.js'
import type { SearchFill } from '../store/prisma/search-fill.js'
import { auditMutations, createAudit } from './access/audit.js'
import { createAuthenticator } from './access/authenticator.js'
import { checkExposure } from './access/exposure.js'
import { readerBy } from './access/guard.js'
import { compilingGateway } from './compiled-queries.js'
import type { Config } from './config.js'
import { errorBody, formatErrors, RETRY_AFTER_SECONDS, statusOfErrors } from './errors.js'
import { ForeignTransactions } from './foreign-transactions.js'
import { Health } from './health.js'
import { createHttpApp } from './http-app.js'
import { jsonInPieces } from './json-in-pieces.js'
import { limited } from './limits/limited.js'
import { Walks } from './limits/walks.js'
import { AnswersUnderWay, closeNow, drain, listen, receiving } from './listener.js'
import type { AccessBy } from './live/admission.js'
import { Operations } from './live/operations.js'
import { WebSockets } from './live/websockets.js'
import type { Logger } from './logger.js'
import { observed } from './observed.js'
import { provideDatabase } from './provide-database.js'
import { contextMaker } from './request-context.js'
import { createSchema } from './schema.js'
import { answerUnreadable } from './unreadable.js'
import { Webhooks } from './webhooks/webhooks.js'

/** A server that answers. */
export interface RunningServer {
  /** Where it answers, e.g. http://127.0.0.1:4000. */
  url: string
  /** Where its data is: a folder, or a URL without its password. */
  database: string
  /** Settles, with the reason, when the server can no longer do its work. */
  failure: Promise<Error>
  /** The graph that walks are answered from. */
  graph: Pick<LiveGraph, 'isServing' | 'settled' | 'catchUp' | 'reload'>
  /** What makes assets of older versions searchable. */
  searchFill: Pick<SearchFill, 'settled' | 'start'>
  /** What has rows of a restored dump name no transactions. */
  foreignTransactions: { settled: Promise<void> }
  /** Lets requests under way finish, refuses new ones, closes everything. */
  stop(): Promise<void>
}

/** What a server is started with. */
export interface ServerOptions {
  config: Config
  logger: Logger
  /** Called with the text of each SQL statement, as it is sent. */
  onStatement?: (text: string) => void
}

/** Wires every part together and starts them, in order. Throws a StartupError where one cannot start. */
export async function startServer({ config, logger, onStatement }: ServerOptions): Promise<RunningServer> {
  checkExposure(config)
  const undo: (() => Promise<void>)[] = []
  const stopAll = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    // The port first: nothing else is worth starting without it.
    let answer: RequestListener = answerStarting
    const answers = new AnswersUnderWay()
    const http = createServer(receiving(config), (request, response) => {
      answers.add(response)
      answer(request, response)
    })
    http.on('clientError', answerUnreadable(answers, config.receiveTimeoutMs))
    const url = await listen(http, config)
    undo.push(() => closeNow(http))
    const observation = await observed(config, logger)
    undo.push(() => observation.close())
    const database = await provideDatabase(config, logger, 'make one')
    undo.push(() => database.stop())
    const applied = await migrate(database.url, config.connectTimeoutMs)
    if (applied.length > 0) logger.info({ migrations: applied }, 'database migrated')
    const forgetting = new ForeignTransactions(database.url, config.connectTimeoutMs, logger)
    undo.push(() => forgetting.stop())
    const store = openStore(
      {
        url: database.url,
        connections: config.databaseConnections,
        connectTimeoutMs: config.connectTimeoutMs,
        statementTimeoutMs: config.statementTimeoutMs,
        ...(onStatement === undefined ? {} : { onStatement }),
      },
      { ...config.graph, onEvent: logGraph(logger) },
      {
        pollMs: config.live.pollMs,
        onFailure: (error) =>
          logger.warn({ err: error }, 'subscriptions: nothing can be read now; trying again'),
      },
      (error) => logger.warn({ err: error }, 'search: assets cannot be made searchable now; trying again'),
      observation.watch,
    )
    observation.metrics?.attach(store)
    undo.push(() => store.close())
    const webhooks = new Webhooks(
      store.outbox,
      {
        ...config.webhooks,
        ...KEPT_DELIVERIES,
        queueDatabase: new Database({
          url: database.url,
          connections: QUEUE_CONNECTIONS,
          connectTimeoutMs: config.connectTimeoutMs,
          statementTimeoutMs: config.statementTimeoutMs,
          name: 'queue of headwater',
        }),
        onAttempt: (outcome) => observation.metrics?.attempted(outcome),
      },
      logger,
    )
    observation.metrics?.attachWebhooks(webhooks)
    undo.push(() => webhooks.close())
    await webhooks.start()
    const health = new Health(store)
    const walks = new Walks(config.mostWalks)
    const schema = await createSchema()
    const audit = config.audit ? createAudit(logger) : null
    if (audit !== null) auditMutations(schema, audit)
    const formatError = formatErrors(logger, config.query)
    const apollo = new ApolloServer<RequestContext>({
      gateway: compilingGateway(schema, (known, run) =>
        observation.operations(limited(known, run, walks, config)),
      ),
      logger,
      introspection: config.introspection,
      hideSchemaDetailsFromClientErrors: !config.suggestions,
      parseOptions: { maxTokens: config.query.tokens },
      maxRecursiveSelections: config.query.selections,
      csrfPrevention: true,
      stopOnTerminationSignals: false,
      includeStacktraceInErrorResponses: false,
      allowBatchedHttpRequests: false,
      formatError,
      // With a line's end, as Apollo Server has it: answers end up in terminals too.
      stringifyResult: async (answer) => `${await jsonInPieces(answer)}\n`,
      // Cache control would wrap every field's resolver, for hints that we do not give.
      plugins: [
        statusOfErrors,
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginLandingPageDisabled(),
      ],
    })
    await apollo.start()
    undo.push(() => apollo.stop())
    const authenticator = createAuthenticator(config, store.tokens, logger)
    if (config.auth && config.jwt === null && (await store.tokens.list()).length === 0)
      logger.warn('nobody can sign in yet: make a token with `headwater token create`')
    const { metrics } = observation
    const makeContext = contextMaker(store, config)
    const operations = new Operations(apollo, makeContext, formatError, {
      subscriptions: config.live.subscriptions,
      tokens: config.query.tokens,
    })
    const accessBy: AccessBy = (authorization, note) => readerBy(authenticator, authorization, note)
    const websockets = new WebSockets({
      operations,
      schema,
      accessBy,
      config,
      logger,
    })
    metrics?.attachLive(operations, websockets)
    http.on('upgrade', (request, socket, head) => websockets.upgrade(request, socket, head))
    const endStreams = async () => {
      operations.close()
      await websockets.close()
    }
    undo.push(endStreams)
    const parts = {
      apollo,
      makeContext,
      operations,
      accessBy,
      store,
      health,
      logger,
      config,
      walks,
      authenticator,
    }
    answer = observation.requests(createHttpApp({ ...parts, audit, metrics }))

    return {
      url,
      database: database.description,
      failure: database.failure,
      graph: store.graph,
      searchFill: store.searchFill,
      foreignTransactions: forgetting,
      stop: async () => {
        health.drain()
        await Promise.all([endStreams(), drain(http, answers, config.drainTimeoutMs)])
        await stopAll()
      },
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

/** One of them waits for what is new. */
const QUEUE_CONNECTIONS = 5

/** How long the log of a webhook goes back. */
const KEPT_DELIVERIES = { keepDeliveredMs: 7 * 86_400_000, keepDeadMs: 30 * 86_400_000 }

/** What becomes of the graph in this process is for operators: how much memory it takes, and whether it serves. */
function logGraph(logger: Logger) {
  return (event: LiveGraphEvent) => {
    const { what, ...details } = event
    if (what === 'behind')
      logger.warn({ err: event.error }, 'graph: changes cannot be read now; trying again')
    else if (what === 'too large')
      logger.warn(details, 'graph: too large for HEADWATER_GRAPH_EDGES; PostgreSQL is walked')
    else logger.info(details, `graph ${what}`)
  }
}

/** Holds the port while the database starts. */
const answerStarting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': String(RETRY_AFTER_SECONDS) })
  response.end(JSON.stringify(errorBody('SERVICE_UNAVAILABLE', 'the server is starting; try again shortly')))
}
