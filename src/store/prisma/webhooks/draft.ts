import { v5 as uuidv5, v7 as uuidv7 } from 'uuid'
import type { Payload } from '../../../lineage/webhooks/payloads.js'
import type { DeliveryEvent, Webhook, WebhookEvent } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { unprepared } from '../statement.js'
import { openLanes } from './lane-queries.js'

/** What a webhook is to be told. */
export interface Draft {
  id: string
  webhookId: string
  orderingKey: string
  event: DeliveryEvent
  payload: Payload
  /** The transaction that it follows from; null where it follows from all that has been looked at. */
  transactionId: bigint | null
}

/** `once`: of what is told once, however often it is come by. */
export function draft(
  { webhookId }: Webhook,
  orderingKey: string,
  event: WebhookEvent,
  payload: Payload,
  { once, transactionId = null }: { once?: string; transactionId?: bigint | null } = {},
): Draft {
  const id = once === undefined ? uuidv7() : uuidv5(once, webhookId)
  return { id, webhookId, orderingKey, event, payload, transactionId }
}

/** In the order of transactions; behind them what follows from all. */
export function inOrder(drafts: readonly Draft[]): Draft[] {
  return [...drafts].sort((a, b) => {
    if (a.transactionId === b.transactionId) return 0
    if (a.transactionId === null) return 1
    return b.transactionId === null || a.transactionId < b.transactionId ? -1 : 1
  })
}

const INSERT =
  unprepared(`INSERT INTO webhook_delivery (id, webhook_id, ordering_key, place, event, payload, created_at, status, attempts, due_at,
     expires_at)
   SELECT id, "webhookId", "orderingKey", $2::bigint + place, event, payload, $3::timestamptz, 'PENDING', 0,
     $3::timestamptz, $4::timestamptz
   FROM json_to_recordset($1::json) AS r(id uuid, "webhookId" uuid, "orderingKey" text, place int, event text,
     payload jsonb)
   ON CONFLICT (id) DO NOTHING`)

/** In their order, from a place on, with the lanes in which they are sent. */
export async function insertDrafts(
  session: Session,
  drafts: readonly Draft[],
  firstPlace: bigint,
  now: Date,
  expiresAt: Date,
): Promise<void> {
  if (drafts.length === 0) return
  const rows = drafts.map(({ transactionId: _, ...one }, place) => ({ ...one, place }))
  await openLanes(session, rows)
  await session.run(INSERT, [JSON.stringify(rows), String(firstPlace), now, expiresAt])
}
