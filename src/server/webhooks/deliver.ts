import { pauseAfter, retryAfterOf } from '../../lineage/webhooks/retry.js'
import type { ClaimedDelivery, DeliveryKey, Outbox } from '../../store/webhook-store.js'
import { type SendOptions, send } from './send.js'

/** How deliveries are made. */
export interface DeliverOptions extends SendOptions {
  /** How long what has been delivered, or is dead, stays in the log. */
  keepDeliveredMs: number
  keepDeadMs: number
  /** Told of what is given up. */
  onDead: (dead: { deliveryId: string; webhookId: string; event: string; reason: string }) => void
}

/** How much longer than an attempt may take it is nobody else's: what its server writes then is in time. */
const LEASE_MS = 5_000
/** How many are sent in one go, so that other keys have their turn. */
const MOST_AT_ONCE = 100
/** How many requests to one webhook may be under way at once: one that hangs does not hold up others. */
const MOST_PER_WEBHOOK = 4
const BUSY_MS = 500

/** Sends what is pending of a key, in order, until nothing more is due; and says when to go on. */
export class Deliverer {
  readonly #underWay = new Map<string, number>()
  readonly #stopping = new AbortController()

  constructor(
    private readonly outbox: Outbox,
    private readonly options: DeliverOptions,
  ) {}

  /** What is under way ends, and is sent again, by whoever goes on. */
  stop(): void {
    this.#stopping.abort()
  }

  /** Null where nothing is left. */
  async deliver(key: DeliveryKey): Promise<Date | null> {
    const { webhookId } = key
    const busy = this.#underWay.get(webhookId) ?? 0
    if (busy >= MOST_PER_WEBHOOK) return later(BUSY_MS)
    this.#underWay.set(webhookId, busy + 1)
    try {
      for (let count = 0; count < MOST_AT_ONCE && !this.#stopping.signal.aborted; count++) {
        const claimed = await this.#claim(key)
        if ('dueAt' in claimed) return claimed.dueAt
        await this.#attempt(claimed)
      }
      return later(0)
    } finally {
      const left = (this.#underWay.get(webhookId) ?? 1) - 1
      if (left === 0) this.#underWay.delete(webhookId)
      else this.#underWay.set(webhookId, left)
    }
  }

  #claim(key: DeliveryKey) {
    return this.outbox.claim(key, new Date(), later(this.options.timeoutMs + LEASE_MS))
  }

  async #attempt(claimed: ClaimedDelivery): Promise<void> {
    const { keepDeliveredMs, keepDeadMs } = this.options
    const { retryAfter, ...attempt } = await send(claimed, this.options, this.#stopping.signal)
    if (attempt.error === null) {
      await this.outbox.delivered(claimed, attempt, new Date(), later(keepDeliveredMs))
      return
    }
    if (this.#stopping.signal.aborted) {
      const broken = { ...attempt, error: 'the server was stopped' }
      await this.outbox.failed(claimed, broken, new Date(), later(keepDeadMs))
      return
    }
    const pause = Math.max(
      pauseAfter(claimed.attempts, Math.random()),
      retryAfterOf(retryAfter, new Date()) ?? 0,
    )
    const dueAt = later(pause)
    const isGone = attempt.status === 410
    await this.outbox.failed(
      claimed,
      attempt,
      isGone || dueAt > claimed.expiresAt ? null : dueAt,
      later(keepDeadMs),
    )
    if (isGone) await this.outbox.pause(claimed.webhookId)
    if (isGone || dueAt > claimed.expiresAt) {
      const { deliveryId, webhookId, event } = claimed
      this.options.onDead({ deliveryId, webhookId, event, reason: attempt.error })
    }
  }
}

function later(ms: number): Date {
  return new Date(Date.now() + ms)
}
