import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../store/prisma/database.js'
import type { Outbox, OutboxFigures } from '../../store/webhook-store.js'
import type { Logger } from '../logger.js'
import { Deliverer, type DeliverOptions, type DeliveryEvents, type Outcome } from './deliver.js'
import { Queue } from './queue.js'

/** How webhooks are told. */
export interface WebhookOptions extends DeliverOptions {
  /** Of the queue alone. */
  queueDatabase: Database
  /** How often to look for what is new. */
  pollMs: number
  /** Told of each attempt. */
  onAttempt?: ((outcome: Outcome) => void) | undefined
}

/** How much less often it is looked whether there are webhooks, where there are none. */
const IDLE_FACTOR = 5
const SWEEP_EVERY_MS = 60_000
const MOST_SWEPT = 1_000
/** In one go, with as long a pause behind each as it took. */
const MOST_SWEEPS = 10
const COUNT_EVERY_MS = 15_000
const AFTER_FAILURE_MS = 1_000
/** How long what is under way may take to end when the server stops. */
const CLOSING_MS = 5_000

const NOTHING: OutboxFigures = { pending: 0, oldestPendingSeconds: 0, dead: 0, failing: 0, paused: 0 }

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
  #countedAt = 0
  #tidiedAt = 0
  #figures = NOTHING

  constructor(
    private readonly outbox: Outbox,
    private readonly options: WebhookOptions,
    private readonly logger: Logger,
  ) {
    this.#deliverer = new Deliverer(outbox, options, loggedBy(logger, options.onAttempt))
  }

  /** How much there was when it was counted last. */
  get figures(): OutboxFigures {
    return this.#figures
  }

  /** Looks once, and from then on again and again. */
  async start(): Promise<void> {
    this.#running = this.#run(await this.#tried())
  }

  /** Within a few seconds, whatever the database does. */
  async close(): Promise<void> {
    this.#stopping.abort()
    this.#deliverer.stop()
    const late = new AbortController()
    const isLate = sleep(CLOSING_MS, true, { signal: late.signal }).catch(() => false)
    if (await Promise.race([this.#ended(), isLate]))
      this.logger.warn('webhooks: what was under way has not ended in time; it is sent again')
    late.abort()
    const { queueDatabase } = this.options
    queueDatabase.breakOff()
    await Promise.all([queueDatabase.close(), this.outbox.close()])
  }

  async #ended(): Promise<false> {
    await this.#running
    await this.#queue?.stop()
    return false
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
      if (!this.#hasFailed && !this.#stopping.signal.aborted)
        this.logger.warn({ err: error }, 'webhooks: nothing can be told now; trying again')
      this.#hasFailed = true
      return Math.max(AFTER_FAILURE_MS, this.options.pollMs)
    }
  }

  /** How long to wait then. */
  async #step(): Promise<number> {
    const { pollMs, retryMs } = this.options
    const { any, active } = await this.outbox.webhooks()
    const isToSweep = any && (await this.#sweep())
    if (any) await this.#count()
    else this.#figures = NOTHING
    if (!active) return isToSweep ? Math.min(pollMs, SWEEP_EVERY_MS) : pollMs * IDLE_FACTOR
    const queue = await this.#started()
    const now = Date.now()
    if (now - this.#tidiedAt >= SWEEP_EVERY_MS) {
      this.#tidiedAt = now
      await queue.tidy()
    }
    const scanned = await this.outbox.scan(new Date(now), new Date(now + retryMs))
    for (const one of scanned?.passedOver ?? [])
      this.logger.warn(one, 'webhooks: nobody is told of this, which cannot be looked at')
    await queue.add(await this.outbox.due())
    return scanned?.isFull === true ? 0 : pollMs
  }

  /** Whether there may be more. */
  async #sweep(): Promise<boolean> {
    if (Date.now() - this.#sweptAt < SWEEP_EVERY_MS) return false
    const { signal } = this.#stopping
    for (let count = 0; count < MOST_SWEEPS && !signal.aborted; count++) {
      const startedAt = performance.now()
      if (!(await this.outbox.sweep(MOST_SWEPT))) {
        this.#sweptAt = Date.now()
        return false
      }
      await sleep(performance.now() - startedAt, undefined, { signal, ref: false }).catch(() => undefined)
    }
    return true
  }

  async #count(): Promise<void> {
    if (Date.now() - this.#countedAt < COUNT_EVERY_MS) return
    this.#countedAt = Date.now()
    this.#figures = await this.outbox.figures()
  }

  async #started(): Promise<Queue> {
    if (this.#queue !== null) return this.#queue
    const { queueDatabase, pollMs } = this.options
    const work = (webhookId: string) => this.#deliverer.deliver(webhookId)
    const queue = await Queue.start(queueDatabase, pollMs, work, this.logger)
    // Where it ends by itself the next step starts another.
    const ended = async () => {
      if (this.#queue !== queue || this.#stopping.signal.aborted) return
      this.#queue = null
      await queue.stop().catch(() => undefined)
    }
    queue.ended.then(ended, ended)
    this.#queue = queue
    return queue
  }
}

function loggedBy(logger: Logger, onAttempt: WebhookOptions['onAttempt']): DeliveryEvents {
  return {
    attempted: (outcome) => onAttempt?.(outcome),
    died: (dead) => logger.warn(dead, 'webhooks: a delivery is dead; replayDelivery sends it again'),
    paused: (webhookId) =>
      logger.warn(
        { webhookId },
        'webhooks: answered with 410; the webhook is PAUSED until it is made ACTIVE',
      ),
    beganToFail: (webhookId, reason) => logger.warn({ webhookId, reason }, 'webhooks: a webhook fails'),
    recovered: (webhookId) => logger.warn({ webhookId }, 'webhooks: a webhook has recovered'),
  }
}
