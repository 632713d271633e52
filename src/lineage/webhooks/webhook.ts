import type { AssetFilter } from '../asset-filter.js'

/** What a webhook can be told of. */
export const WEBHOOK_EVENTS = ['CHECK_FAILED', 'NEW_CONSUMER', 'ASSET_STALE', 'DAG_RUN_INCOMPLETE'] as const
/** One of them. */
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]

/** What a delivery tells of: one of them, or nothing, where somebody tries the webhook. */
export type DeliveryEvent = WebhookEvent | 'TEST'

/** What each is called in what is sent. */
export const EVENT_TYPES: Readonly<Record<DeliveryEvent, string>> = {
  CHECK_FAILED: 'check.failed',
  NEW_CONSUMER: 'asset.consumer_added',
  ASSET_STALE: 'asset.stale',
  DAG_RUN_INCOMPLETE: 'dag_run.incomplete',
  TEST: 'webhook.test',
}

/** Somebody who is told of what happens, by a request to a URL. */
export interface Webhook {
  webhookId: string
  url: string
  events: readonly WebhookEvent[]
  /** Null for all. */
  namespaces: readonly string[] | null
  /** Of these, which assets. */
  assets: AssetFilter
  incompleteAfterMinutes: number
  status: 'ACTIVE' | 'PAUSED'
  /** Null once something was taken, and nothing else waits to be tried again. */
  failingSince: Date | null
  createdAt: Date
  createdBy: string
}

/** With what it signs by; for those alone who sign, and once for who has made it. */
export interface SigningWebhook extends Webhook {
  secret: string
}

/** What becomes of something that a webhook is to be told. */
export type DeliveryStatus = 'PENDING' | 'DELIVERED' | 'DEAD'

/** What a webhook is to be told, or has been. */
export interface WebhookDelivery {
  deliveryId: string
  webhookId: string
  orderingKey: string
  /** In the order in which it is told: a whole number. */
  place: bigint
  event: DeliveryEvent
  payload: Record<string, unknown>
  createdAt: Date
  status: DeliveryStatus
  attempts: number
  nextAttemptAt: Date | null
  lastStatus: number | null
  lastError: string | null
  lastResponse: string | null
  deliveredAt: Date | null
}
