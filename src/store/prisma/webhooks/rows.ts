import type { Webhook, WebhookDelivery } from '../../../lineage/webhooks/webhook.js'

/** Of a webhook `w`, without its secret. */
export const WEBHOOK_COLUMNS = `w.id AS "webhookId", w.url, w.events, w.namespaces, w.assets,
  w.incomplete_after_minutes AS "incompleteAfterMinutes", w.status, w.failing_since AS "failingSince",
  w.created_at AS "createdAt", w.created_by AS "createdBy"`

/** Of a delivery `d`; that is pending it is tried when its lane is due, behind those before it. */
export const DELIVERY_COLUMNS = `d.id AS "deliveryId", d.webhook_id AS "webhookId", d.ordering_key AS "orderingKey", d.place,
  d.event, d.payload, d.created_at AS "createdAt", d.status, d.attempts,
  CASE WHEN d.status = 'PENDING' THEN (SELECT y.due_at FROM webhook_lane y
    WHERE y.webhook_id = d.webhook_id AND y.ordering_key = d.ordering_key) END AS "nextAttemptAt", d.last_status AS "lastStatus",
  d.last_error AS "lastError", d.last_response AS "lastResponse", d.delivered_at AS "deliveredAt"`

/** As PostgreSQL answers with it. */
export type WebhookRow = Webhook & Record<string, unknown>
/** As PostgreSQL answers with it. */
export type DeliveryRow = WebhookDelivery & Record<string, unknown>
