import { pauseAfter, retryAfterOf } from '../../lineage/webhooks/retry.js'
import type { ClaimedDelivery, Outbox } from '../../store/webhook-store.js'
import { type SendOptions, type Sent, send } from './send.js'

/** What has become of an attempt. */
export type Outcome = 'delivered' | 'failed' | 'dead'

/** How deliveries are made. */
export interface DeliverOptions extends SendOptions {
  /** How long a delivery is tried. */
  retryMs: number
  /** How long what has been delivered, or is dead, stays in the log. */
  keepDeliveredMs: number
  keepDeadMs: number
}

/** Told of what becomes of deliveries. */
export interface DeliveryEvents {
  attempted(outcome: Outcome): void
  /** What is given up. */
  died(dead: { deliveryId: string; webhookId: string; event: string; reason: string }): void
  /** Its receiver wants nothing more. */
  paused(webhookId: string): void
  beganToFail(webhookId: string, reason: string): void
  recovered(webhookId: string): void
}

/** How much longer than an attempt may take it is nobody else's: what its server writes then is in time. */
const LEASE_MS = 5_000
/** How many requests to one webhook may be under way at once. */
const MOST_PER_WEBHOOK = 4

/** Sends what is to be sent to webhooks: to each by itself, so that one that hangs does not hold up others. */
export class Deliverer {
  readonly #busy = new Map<string, Emptying>()
  readonly #stopping = new AbortController()

  constructor(
    private readonly outbox: Outbox,
    private readonly options: DeliverOptions,
    private readonly events: DeliveryEvents,
  ) {}

  /** What is under way ends, and is sent again, by whoever goes on. */
  stop(): void {
    this.#stopping.abort()
  }

  /** Resolves once nothing is due, with when something is next. Null where nothing is, or somebody is at it who will say. */
  async deliver(webhookId: string): Promise<Date | null> {
    const others = this.#busy.get(webhookId)
    if (others !== undefined) {
      others.wake()
      return null
    }
    const emptying = new Emptying(() => this.#next(webhookId), this.#stopping.signal)
    this.#busy.set(webhookId, emptying)
    try {
      await emptying.settled()
    } finally {
      this.#busy.delete(webhookId)
    }
    return this.#stopping.signal.aborted ? null : this.outbox.nextDue(webhookId)
  }

  /** Null where nothing is due. */
  async #next(webhookId: string): Promise<(() => Promise<void>) | null> {
    const { timeoutMs, retryMs } = this.options
    const claimed = await this.outbox.claim(webhookId, timeoutMs + LEASE_MS, retryMs)
    return claimed === null ? null : () => this.#attempt(claimed)
  }

  async #attempt(claimed: ClaimedDelivery): Promise<void> {
    const sent = await send(claimed, this.options, this.#stopping.signal)
    if (sent.error === null) await this.#delivered(claimed, sent)
    else if (this.#stopping.signal.aborted) {
      const broken = { ...sent, error: 'the server was stopped' }
      await this.outbox.failed(claimed, broken, 0, this.options.keepDeadMs)
    } else await this.#failed(claimed, sent, sent.error)
  }

  async #delivered(claimed: ClaimedDelivery, sent: Sent): Promise<void> {
    const { webhookId, isFailing } = claimed
    this.events.attempted('delivered')
    if (!(await this.outbox.delivered(claimed, sent, this.options.keepDeliveredMs))) return
    if (isFailing && (await this.outbox.noteFailing(webhookId, false))) this.events.recovered(webhookId)
  }

  async #failed(claimed: ClaimedDelivery, sent: Sent, reason: string): Promise<void> {
    const { webhookId, isFailing } = claimed
    const outcome = await this.#settle(claimed, sent)
    this.events.attempted(outcome === 'DEAD' ? 'dead' : 'failed')
    if (outcome === null) return
    if (!isFailing && (await this.outbox.noteFailing(webhookId, true)))
      this.events.beganToFail(webhookId, reason)
    const { deliveryId, event } = claimed
    if (outcome === 'DEAD') this.events.died({ deliveryId, webhookId, event, reason })
    if (sent.status === 410) this.events.paused(webhookId)
  }

  async #settle(claimed: ClaimedDelivery, sent: Sent): Promise<'PENDING' | 'DEAD' | null> {
    const { keepDeadMs } = this.options
    if (sent.status === 410) return (await this.outbox.refused(claimed, sent, keepDeadMs)) ? 'DEAD' : null
    const pauseMs = Math.max(
      pauseAfter(claimed.attempts, Math.random()),
      retryAfterOf(sent.retryAfter, new Date()) ?? 0,
    )
    return this.outbox.failed(claimed, sent, pauseMs, keepDeadMs)
  }
}

/** Does what is due of one webhook, so much of it at once, until nothing is. */
class Emptying {
  readonly #underWay = new Set<Promise<void>>()
  #mayBeDue = true
  #wake: () => void = () => undefined

  constructor(
    private readonly next: () => Promise<(() => Promise<void>) | null>,
    private readonly stopping: AbortSignal,
  ) {}

  /** Something may be due. */
  wake(): void {
    this.#mayBeDue = true
    this.#wake()
  }

  /** Throws where one of them did, once all have ended. */
  async settled(): Promise<void> {
    const failures: unknown[] = []
    while (this.#mayBeDue || this.#underWay.size > 0) {
      if (this.#mayBeDue && this.#underWay.size < MOST_PER_WEBHOOK) {
        this.#mayBeDue = false
        const work =
          this.stopping.aborted || failures.length > 0 ? null : await this.next().catch(noted(failures))
        if (work !== null) this.#start(work, failures)
      } else {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        await Promise.race([...this.#underWay, woken])
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  #start(work: () => Promise<void>, failures: unknown[]): void {
    const one: Promise<void> = work()
      .catch(noted(failures))
      .then(() => {
        this.#underWay.delete(one)
        // Its lane may have more.
        this.#mayBeDue = true
      })
    this.#underWay.add(one)
    this.#mayBeDue = true
  }
}

function noted(failures: unknown[]): (error: unknown) => null {
  return (error) => {
    failures.push(error)
    return null
  }
}
