import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeWorkerUtils, Logger as QueueLogger, type Runner, run, type WorkerUtils } from 'graphile-worker'
import type { DeliveryKey, Outbox } from '../../store/webhook-store.js'
import type { Logger } from '../logger.js'
import { Deliverer, type DeliverOptions } from './deliver.js'

/** How webhooks are told. */
export interface WebhookOptions extends Omit<DeliverOptions, 'onDead'> {
  databaseUrl: string
  /** How often to look for what is new. */
  pollMs: number
  /** How long a delivery is tried. */
  retryMs: number
}

const TASK = 'headwater_deliver'
/** How many requests may be under way at once. */
const CONCURRENCY = 16
const QUEUE_CONNECTIONS = 4
/** Its tables are in a schema of their own. */
const QUEUE_SCHEMA = 'headwater_queue'
/** How much less often it is looked whether there are webhooks, where there are none. */
const IDLE_FACTOR = 5
const SWEEP_EVERY_MS = 60_000
const MOST_SWEPT = 1_000
/** What ought to have been sent so long ago is given to the queue again, so often. */
const OVERDUE_MS = 2_000
const MOST_OVERDUE = 1_000
const AFTER_FAILURE_MS = 1_000
/** Of a job: its own failures are the database's, and those of sending are in the outbox. */
const MOST_ATTEMPTS = 3

/** The queue, by its two ends. */
interface Queue {
  runner: Runner
  jobs: WorkerUtils
}

/**
 * Tells webhooks. The outbox is the truth of what is to be told; the queue says who does it when, and what it has lost
 * (with a server that was killed, or a backup that does not hold it) it is given again.
 */
export class Webhooks {
  readonly #stopping = new AbortController()
  readonly #deliverer: Deliverer
  #running: Promise<void> = Promise.resolve()
  #queue: Queue | null = null
  #hasFailed = false
  #sweptAt = 0
  #repairedAt = 0

  constructor(
    private readonly outbox: Outbox,
    private readonly options: WebhookOptions,
    private readonly logger: Logger,
  ) {
    this.#deliverer = new Deliverer(outbox, {
      ...options,
      onDead: (dead) => logger.warn(dead, 'webhooks: a delivery is dead; replayDelivery sends it again'),
    })
  }

  /** Looks once, and from then on again and again. */
  async start(): Promise<void> {
    this.#running = this.#run(await this.#tried())
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    this.#deliverer.stop()
    const queue = this.#queue
    await queue?.runner.stop().catch(() => undefined)
    await queue?.jobs.release()
    await this.outbox.close()
  }

  async #run(first: number): Promise<void> {
    const { signal } = this.#stopping
    for (let pause = first; !signal.aborted; pause = await this.#tried()) {
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
    }
  }

  async #tried(): Promise<number> {
    try {
      const pause = await this.#step()
      this.#hasFailed = false
      return pause
    } catch (error) {
      if (!this.#hasFailed)
        this.logger.warn({ err: error }, 'webhooks: nothing can be told now; trying again')
      this.#hasFailed = true
      return Math.max(AFTER_FAILURE_MS, this.options.pollMs)
    }
  }

  /** How long to wait then. */
  async #step(): Promise<number> {
    const { pollMs, retryMs } = this.options
    const { any, active } = await this.outbox.webhooks()
    if (any) await this.#sweep()
    if (!active) return pollMs * IDLE_FACTOR
    const queue = await this.#started()
    const now = Date.now()
    const scanned = await this.outbox.scan(new Date(now), new Date(now + retryMs))
    for (const one of scanned?.passedOver ?? [])
      this.logger.warn(one, 'webhooks: nobody is told of this, which cannot be looked at')
    if (scanned !== null) await this.#enqueue(queue, scanned.keys)
    if (now - this.#repairedAt >= OVERDUE_MS) {
      this.#repairedAt = now
      await this.#enqueue(queue, await this.outbox.overdue(new Date(now - OVERDUE_MS), MOST_OVERDUE))
    }
    return scanned?.isFull === true ? 0 : pollMs
  }

  async #sweep(): Promise<void> {
    if (Date.now() - this.#sweptAt < SWEEP_EVERY_MS) return
    const isMore = await this.outbox.sweep(new Date(), MOST_SWEPT)
    if (!isMore) this.#sweptAt = Date.now()
  }

  async #started(): Promise<Queue> {
    if (this.#queue !== null) return this.#queue
    const shared = {
      connectionString: this.options.databaseUrl,
      schema: QUEUE_SCHEMA,
      logger: queueLogger(this.logger),
    }
    const runner = await run({
      ...shared,
      maxPoolSize: QUEUE_CONNECTIONS,
      concurrency: CONCURRENCY,
      pollInterval: Math.min(1_000, this.options.pollMs),
      noHandleSignals: true,
      // It would look for a file of this name.
      parsedCronItems: [],
      // Alone, each would end the process where the database goes away meanwhile: nobody waits for it. In batches they
      // end the queue, and another is started.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      taskList: { [TASK]: (payload) => this.#work(payload as DeliveryKey) },
    })
    const queue = { runner, jobs: await makeWorkerUtils({ ...shared, maxPoolSize: 1 }) }
    // Where it ends by itself the next step starts another.
    const ended = async () => {
      if (this.#queue !== queue || this.#stopping.signal.aborted) return
      this.#queue = null
      await queue.jobs.release()
    }
    runner.promise.then(ended, ended)
    this.#queue = queue
    return queue
  }

  async #work(key: DeliveryKey): Promise<void> {
    const dueAt = await this.#deliverer.deliver(key)
    if (dueAt === null || this.#stopping.signal.aborted) return
    await this.#queue?.jobs.addJob(TASK, key, { ...specOf(key), runAt: dueAt })
  }

  async #enqueue({ jobs }: Queue, keys: readonly DeliveryKey[]): Promise<void> {
    if (keys.length === 0) return
    await jobs.addJobs(keys.map((key) => ({ identifier: TASK, payload: key, ...specOf(key) })))
  }
}

/** One job waits for each key: another takes its place. */
function specOf({ webhookId, orderingKey }: DeliveryKey) {
  const name = createHash('sha256').update(orderingKey).digest('base64url')
  return { jobKey: `${webhookId} ${name}`, maxAttempts: MOST_ATTEMPTS }
}

/** What the queue says of every job is of no use to operators. */
function queueLogger(logger: Logger): QueueLogger {
  return new QueueLogger(() => (level, message) => {
    if (level === 'error') logger.warn(`webhooks: ${message}`)
    else if (level === 'warning') logger.debug(`webhooks: ${message}`)
  })
}
