import type { RequestListener } from 'node:http'
import type { StoreWatch } from '../store/watch.js'
import type { Executor } from './compiled-queries.js'
import type { Config } from './config.js'
import type { Logger } from './logger.js'
import { Metrics, noting } from './metrics.js'
import type { Tracing } from './tracing.js'

/** How a server is watched. */
export interface Observed {
  metrics: Metrics | null
  watch: StoreWatch
  operations(run: Executor): Executor
  requests(answer: RequestListener): RequestListener
  close(): Promise<void>
}

/** What is not configured is not loaded, and costs nothing. */
export async function observed(
  config: Pick<Config, 'metrics' | 'traces'>,
  logger: Logger,
): Promise<Observed> {
  const metrics = config.metrics ? new Metrics() : null
  const tracing =
    config.traces === null ? null : new (await import('./tracing.js')).Tracing(config.traces, logger)
  return {
    metrics,
    watch: watchedBy(metrics, tracing),
    operations: (run) => {
      const traced = tracing === null ? run : tracing.operations(run)
      return metrics === null ? traced : noting(traced)
    },
    requests: (answer) => (tracing === null ? answer : tracing.requests(answer)),
    close: async () => {
      metrics?.close()
      await tracing?.close()
    },
  }
}

function watchedBy(metrics: Metrics | null, tracing: Tracing | null): StoreWatch {
  return {
    during: (what, work, sizeOf) => {
      const traced = tracing === null ? work : () => tracing.during(what, work, sizeOf)
      return metrics === null ? traced() : metrics.during(what, traced, sizeOf)
    },
    ...(tracing === null ? {} : { sent: (name: string) => tracing.sent(name) }),
  }
}
