import type { Payload } from '../lineage/webhooks/payloads.js'
import type {
  DeliveryStatus,
  SigningWebhook,
  Webhook,
  WebhookDelivery,
  WebhookEvent,
} from '../lineage/webhooks/webhook.js'
import type { PageRequest } from './store.js'

/** What may be changed of a webhook: what is absent stays. */
export type WebhookChanges = Partial<
  Pick<
    SigningWebhook,
    'url' | 'events' | 'namespaces' | 'assets' | 'incompleteAfterMinutes' | 'secret' | 'status'
  >
>

/** How many webhooks there are: of all, and of those that one caller has made. */
export interface WebhookCounts {
  inAll: number
  byCaller: number
}

/** Where a delivery stands in its webhook's log: its place, in digits. */
export interface DeliveryPosition {
  place: string
}

/** What the log of a webhook is asked for. Null for whatever status. */
export interface DeliveriesRequest {
  status: DeliveryStatus | null
  page: PageRequest<DeliveryPosition>
}

/**
 * Webhooks, as those keep them who may. Whoever begins to be told is told of everything that is recorded behind the
 * answer; of what was before, where the others are not told yet.
 */
export interface WebhookStore {
  /** All there are, the newest first. */
  list(): Promise<Webhook[]>
  /** Says which there are too many of, where there are as many as there may be; else null. */
  create(webhook: SigningWebhook, most: WebhookCounts): Promise<keyof WebhookCounts | null>
  /** Null where there is none. What waited while it was paused is sent from now on, and tried for `retryMs`. */
  update(webhookId: string, changes: WebhookChanges, retryMs: number): Promise<Webhook | null>
  /** False where there is none. */
  remove(webhookId: string): Promise<boolean>
  /** Newest first, of each webhook. */
  deliveries(webhookIds: readonly string[], request: DeliveriesRequest): Promise<WebhookDelivery[][]>
  countDeliveries(webhookIds: readonly string[], status: DeliveryStatus | null): Promise<number[]>
  delivery(deliveryId: string): Promise<WebhookDelivery | null>
  /** Sends it as a new one; null where it is not there. One that is pending stays as it is. */
  replay(deliveryId: string): Promise<WebhookDelivery | null>
  /** Has it told that somebody tries it, from `now` on, until `expiresAt`; null where there is none. */
  test(webhookId: string, payload: Payload, now: Date, expiresAt: Date): Promise<WebhookDelivery | null>
}

/** What is to be told one after the other. */
export interface DeliveryKey {
  webhookId: string
  orderingKey: string
}

/** Something to be sent now, and where to. */
export interface ClaimedDelivery extends WebhookDelivery {
  url: string
  secret: string
  /** Whether something failed before, and nothing has been delivered since. */
  isFailing: boolean
  /** By which it is this attempt's, and no other's. */
  lease: string
}

/** What has become of an attempt. */
export interface Attempt {
  status: number | null
  error: string | null
  response: string | null
}

/** What a look at what is new has come to. */
export interface Scanned {
  /** Whether there may be more now. */
  isFull: boolean
  /** Of what nobody could be told. */
  passedOver: readonly PassedOver[]
}

/** Something that could not be looked at, and of which nobody is told: never without a word. */
export interface PassedOver {
  /** Of which event. */
  what: WebhookEvent
  assetId: string | null
  /** Of a check, the other end of an edge, or a webhook and its DAG run; null where the asset says all. */
  id: string | null
  reason?: string
}

/** How much there is. */
export interface OutboxFigures {
  /** Of active webhooks. */
  pending: number
  oldestPendingSeconds: number
  dead: number
  /** Active webhooks that fail. */
  failing: number
  /** Webhooks that are paused, by somebody or by a 410. */
  paused: number
}

/** The outbox of all webhooks, as the server empties it. */
export interface Outbox {
  /** Whether there are webhooks, and active ones. */
  webhooks(): Promise<{ any: boolean; active: boolean }>
  /**
   * Writes what webhooks are to be told of what is new, with the watermark up to which that is, in one transaction. Null
   * where another server is at it.
   */
  scan(now: Date, expiresAt: Date): Promise<Scanned | null>
  /** The webhooks that something is to be sent to now. */
  due(): Promise<string[]>
  /** When something is to be sent to a webhook next; null where nothing is. */
  nextDue(webhookId: string): Promise<Date | null>
  /**
   * What is to be sent to a webhook now, the first that is pending of its key: nothing of this key is anybody else's for
   * `leaseMs`. It is tried for `retryMs` from its first attempt on.
   */
  claim(webhookId: string, leaseMs: number, retryMs: number): Promise<ClaimedDelivery | null>
  /** False where it is no longer this attempt's: nothing is written then. It stays in the log for `keepMs`. */
  delivered(claimed: ClaimedDelivery, attempt: Attempt, keepMs: number): Promise<boolean>
  /** It is tried again in `pauseMs`, while there is time; or is dead, which it says. Null as above. */
  failed(
    claimed: ClaimedDelivery,
    attempt: Attempt,
    pauseMs: number,
    keepMs: number,
  ): Promise<'PENDING' | 'DEAD' | null>
  /** It is dead, and its webhook paused. False as above. */
  refused(claimed: ClaimedDelivery, attempt: Attempt, keepMs: number): Promise<boolean>
  /** Whether a webhook has begun to fail, or has recovered, with what became of a delivery; of all servers one is told so. */
  noteFailing(webhookId: string, isFailing: boolean): Promise<boolean>
  figures(): Promise<OutboxFigures>
  /** Takes away what need not be kept; whether there may be more. */
  sweep(most: number): Promise<boolean>
  /** Also while the database does not answer. */
  close(): Promise<void>
}
