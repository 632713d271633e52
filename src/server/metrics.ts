import type { IncomingMessage, ServerResponse } from 'node:http'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { type RequestHandler, Router } from 'express'
import { getOperationAST } from 'graphql'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestContext } from '../context.js'
import type { PrismaStore } from '../store/prisma/prisma-store.js'
import type { StoreWatch, StoreWork } from '../store/watch.js'
import type { OutboxFigures } from '../store/webhook-store.js'
import { VERSION } from '../util/package-root.js'
import type { Executor } from './compiled-queries.js'
import type { Step } from './plain-http.js'
import { kindOf, type RequestKind } from './request-kind.js'

type Outcome = 'ok' | 'refused' | 'unavailable' | 'failed' | 'aborted'

/** In seconds: from a fraction of what a small answer takes to what a request may. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const SIZES = [1, 10, 100, 1_000, 10_000, 100_000]

/** Of this process, however many servers it has. */
const ofProcess = new Registry()
let isCollecting = false

/** What the graph in the process is asked for. */
type Measured = Pick<PrismaStore, 'graph' | 'load'>

/** Counts and times what a server does, for Prometheus. */
export class Metrics implements StoreWatch {
  readonly #own = new Registry()
  readonly #delay: IntervalHistogram
  readonly #requests: Record<string, Histogram.Internal<'type' | 'outcome'>> = {}
  readonly #durations: Record<StoreWork, Histogram>
  readonly #sizes: Record<StoreWork, Histogram>
  readonly #failures: Counter<'work'>
  readonly #attempts: Counter<'outcome'>
  readonly #requestDurations: Histogram<'type' | 'outcome'>

  constructor() {
    const registers = [this.#own]
    if (!isCollecting) collectDefaultMetrics({ register: ofProcess })
    isCollecting = true
    this.#requestDurations = new Histogram({
      name: 'headwater_request_duration_seconds',
      help: 'How long requests took until their answer was sent, by what they asked for and what became of them.',
      labelNames: ['type', 'outcome'],
      buckets: DURATIONS,
      registers,
    })
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `headwater_${name}`, help, buckets, registers })
    this.#durations = {
      recording: histogram(
        'recording_duration_seconds',
        'How long recordings took until they were committed.',
        DURATIONS,
      ),
      walk: histogram('walk_duration_seconds', 'How long walks of the graph took.', DURATIONS),
    }
    this.#sizes = {
      recording: histogram('recording_materializations', 'How many materializations calls recorded.', SIZES),
      walk: histogram('walk_nodes', 'How many nodes walks answered with.', SIZES),
    }
    this.#failures = new Counter({
      name: 'headwater_failures_total',
      help: 'Recordings and walks that were not answered as asked.',
      labelNames: ['work'],
      registers,
    })
    for (const work of ['recording', 'walk']) this.#failures.inc({ work }, 0)
    this.#attempts = new Counter({
      name: 'headwater_webhook_attempts_total',
      help: 'Attempts to deliver to webhooks, by what became of them.',
      labelNames: ['outcome'],
      registers,
    })
    for (const outcome of ['delivered', 'failed', 'dead']) this.#attempts.inc({ outcome }, 0)
    new Gauge({
      name: 'headwater_build_info',
      help: 'Always 1; the version is in its label.',
      labelNames: ['version'],
      registers,
    }).set({ version: VERSION }, 1)
    this.#delay = monitorEventLoopDelay({ resolution: 10 })
    this.#delay.enable()
    const delays = new Gauge({
      name: 'headwater_event_loop_delay_seconds',
      help: 'How late the process was for what was due, since the last time this was asked for.',
      labelNames: ['quantile'],
      registers,
      collect: () => {
        for (const quantile of [0.5, 0.99, 1])
          delays.set({ quantile: String(quantile) }, secondsOf(this.#delay.percentile(quantile * 100)))
        this.#delay.reset()
      },
    })
  }

  /** From here on it tells of this store too. */
  attach({ graph, load }: Measured): void {
    const labelled = (name: string, help: string, label: string, values: () => Record<string, number>) => {
      const own: Gauge = new Gauge({
        name: `headwater_${name}`,
        help,
        labelNames: [label],
        registers: [this.#own],
        collect: () => {
          for (const [value, count] of Object.entries(values())) own.set({ [label]: value }, count)
        },
      })
    }
    labelled('database_connections', 'Connections to the database, by what they do.', 'state', () => {
      const { inUse, idle } = load().connections
      return { in_use: inUse, idle }
    })
    this.#gauge(
      'database_waiting',
      'Statements that wait for a connection.',
      () => load().connections.waiting,
    )
    labelled('queue_depth', 'Calls that wait to be written, by what they bring.', 'queue', () => ({
      ...load().waiting,
    }))
    this.#gauge(
      'graph_serving',
      '1 where walks are answered from memory, 0 where PostgreSQL is walked.',
      () => (graph.isServing ? 1 : 0),
    )
    this.#gauge('graph_nodes', 'Assets in the graph in memory.', () => graph.size?.assets ?? 0)
    this.#gauge('graph_edges', 'Lineage edges in the graph in memory.', () => graph.size?.edges ?? 0)
    this.#gauge('graph_bytes', 'What the graph takes of memory.', () => graph.size?.bytes ?? 0)
  }

  /** Tells how many follow what is recorded, and over how many websockets. */
  attachLive(operations: { count: number }, websockets: { count: number }): void {
    this.#gauge('subscriptions', 'Subscriptions under way.', () => operations.count)
    this.#gauge('websockets', 'Open websockets.', () => websockets.count)
  }

  /** Tells how much webhooks are to be told. */
  attachWebhooks(webhooks: { figures: OutboxFigures }): void {
    const gauge = (name: string, help: string, key: keyof OutboxFigures) =>
      this.#gauge(`webhook_${name}`, help, () => webhooks.figures[key])
    gauge('deliveries_pending', 'Deliveries that active webhooks are still to be sent.', 'pending')
    gauge('oldest_pending_seconds', 'How old the oldest of them is.', 'oldestPendingSeconds')
    gauge('deliveries_dead', 'Deliveries in the log that were given up.', 'dead')
    gauge('failing', 'Active webhooks whose deliveries fail.', 'failing')
    gauge('paused', 'Webhooks that are paused, by somebody or by an answer of 410.', 'paused')
  }

  /** Counts an attempt to deliver to a webhook. */
  attempted(outcome: 'delivered' | 'failed' | 'dead'): void {
    this.#attempts.inc({ outcome })
  }

  #gauge(name: string, help: string, value: () => number): void {
    const own: Gauge = new Gauge({
      name: `headwater_${name}`,
      help,
      registers: [this.#own],
      collect: () => own.set(value()),
    })
  }

  /** Times a request until its answer was sent, or its client was gone. */
  readonly measure: Step = (request, response, next) => {
    const kind = kindOf(request)
    const startedAt = performance.now()
    response.once('close', () => {
      this.#requestOf(kind.type, outcomeOf(response)).observe((performance.now() - startedAt) / 1_000)
    })
    next()
  }

  async during<T>(what: StoreWork, work: () => Promise<T>, sizeOf: (answer: T) => number | null): Promise<T> {
    const startedAt = performance.now()
    try {
      const answer = await work()
      const size = sizeOf(answer)
      if (size !== null) this.#sizes[what].observe(size)
      return answer
    } catch (error) {
      this.#failures.inc({ work: what })
      throw error
    } finally {
      this.#durations[what].observe((performance.now() - startedAt) / 1_000)
    }
  }

  /** Everything, as Prometheus reads it. */
  text(): Promise<string> {
    return Registry.merge([ofProcess, this.#own]).metrics()
  }

  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE

  close(): void {
    this.#delay.disable()
  }

  /** Labels are put together once. */
  #requestOf(type: RequestKind['type'], outcome: Outcome): Histogram.Internal<'type' | 'outcome'> {
    const name = `${type} ${outcome}`
    this.#requests[name] ??= this.#requestDurations.labels(type, outcome)
    return this.#requests[name]
  }
}

/** Takes note of what type each operation is; those that are refused for their size too. */
export function noting(run: Executor): Executor {
  return (request) => {
    const operation = getOperationAST(request.document, request.operationName)
    if (operation != null) kindOf((request.context as RequestContext).end).type = operation.operation
    return run(request)
  }
}

/** `GET /metrics`, for those whom `guard` lets pass. */
export function metricsRoutes(metrics: Metrics, guard: RequestHandler): Router {
  const routes = Router()
  routes.get('/metrics', guard, async (_request, response) => {
    response.set('content-type', metrics.contentType).send(await metrics.text())
  })
  return routes
}

function outcomeOf({ statusCode, writableFinished }: ServerResponse<IncomingMessage>): Outcome {
  if (!writableFinished) return 'aborted'
  if (statusCode < 400) return 'ok'
  if (statusCode < 500) return 'refused'
  return statusCode === 503 ? 'unavailable' : 'failed'
}

/** Without a sample it is not a number. */
function secondsOf(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0
}
