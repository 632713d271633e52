import type { RequestListener } from 'node:http'
import { context, propagation, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import { getOperationAST } from 'graphql'
import type { StoreWatch, StoreWork } from '../store/watch.js'
import { VERSION } from '../util/package-root.js'
import type { Executor } from './compiled-queries.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { kindOf } from './request-kind.js'

/** How long a collector may take, with all tries: a server that stops waits no longer for it. In ms. */
const SENDING_MS = 2_000

/** How often it is said that spans are lost, in ms. */
const TOLD_MS = 60_000

/**
 * Sends spans of requests, operations, walks, recordings and statements to a collector, as OTLP over HTTP. They hold names
 * alone: no variables, no values, no query strings. Loaded only where a collector is configured: what belongs together is
 * found by AsyncLocalStorage, which makes every promise dearer.
 */
export class Tracing implements StoreWatch {
  readonly #provider: NodeTracerProvider
  readonly #tracer: Tracer

  constructor({ url, service }: NonNullable<Config['traces']>, logger: Logger) {
    this.#provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.version': VERSION }),
      spanProcessors: [new BatchSpanProcessor(exporterTo(url, logger))],
    })
    this.#provider.register()
    this.#tracer = this.#provider.getTracer('headwater', VERSION)
  }

  /** A span for each request, below that of the caller which a `traceparent` names. */
  requests(answer: RequestListener): RequestListener {
    return (request, response) => {
      const { method = 'GET', url = '/' } = request
      const path = url.split('?', 1)[0]
      const caller = propagation.extract(context.active(), request.headers)
      const attributes = { 'http.request.method': method, 'url.path': path }
      const span = this.#tracer.startSpan(
        `${method} ${kindOf(request).type}`,
        { kind: SpanKind.SERVER, attributes },
        caller,
      )
      response.once('close', () => {
        span.setAttribute('http.response.status_code', response.statusCode)
        if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      })
      context.with(trace.setSpan(caller, span), () => answer(request, response))
    }
  }

  operations(run: Executor): Executor {
    return (request) => {
      const { document, operationName } = request
      const type = getOperationAST(document, operationName)?.operation ?? 'graphql'
      const name = operationName === null ? type : `${type} ${operationName}`
      return this.#within(name, { 'graphql.operation.type': type }, async () => run(request))
    }
  }

  during<T>(what: StoreWork, work: () => Promise<T>, sizeOf: (answer: T) => number | null): Promise<T> {
    return this.#within(what, {}, async () => {
      const answer = await work()
      const size = sizeOf(answer)
      if (size !== null) trace.getActiveSpan()?.setAttribute('headwater.size', size)
      return answer
    })
  }

  sent(name: string): (hasFailed: boolean) => void {
    const attributes = { 'db.system.name': 'postgresql' }
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes })
    return (hasFailed) => {
      if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    }
  }

  /** Sends what has not been sent yet. */
  async close(): Promise<void> {
    // A collector that is away must not keep the server from stopping.
    await this.#provider.shutdown().catch(() => undefined)
    trace.disable()
    context.disable()
    propagation.disable()
  }

  #within<T>(name: string, attributes: Record<string, string>, work: () => Promise<T>): Promise<T> {
    return this.#tracer.startActiveSpan(name, { attributes }, async (span) => {
      try {
        return await work()
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR })
        throw error
      } finally {
        span.end()
      }
    })
  }
}

/** Sends spans to a collector; where it cannot, they are lost, and the log says so now and then. */
function exporterTo(url: string, logger: Logger): SpanExporter {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SENDING_MS })
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - toldAt >= TOLD_MS) {
          toldAt = performance.now()
          logger.warn(
            { err: result.error, spans: spans.length },
            'traces cannot be sent: these spans are lost',
          )
        }
        done(result)
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}
