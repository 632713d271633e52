import type { Attempt, ClaimedDelivery, DeliveryKey } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { unprepared } from '../statement.js'
import { DELIVERY_COLUMNS } from './rows.js'

const WEBHOOKS = unprepared(
  `SELECT EXISTS (SELECT FROM webhook) AS "any", EXISTS (SELECT FROM webhook WHERE status = 'ACTIVE') AS active`,
)

/** Whether there are webhooks, and active ones. */
export async function findWhether(session: Session): Promise<{ any: boolean; active: boolean }> {
  const [row] = await session.run<{ any: boolean; active: boolean }>(WEBHOOKS, [])
  return row ?? { any: false, active: false }
}

const OVERDUE =
  unprepared(`SELECT DISTINCT d.webhook_id AS "webhookId", d.ordering_key AS "orderingKey" FROM (
     SELECT n.webhook_id, n.ordering_key FROM webhook_delivery n
     WHERE n.status = 'PENDING' AND n.due_at <= $1::timestamptz
       AND n.webhook_id IN (SELECT w.id FROM webhook w WHERE w.status = 'ACTIVE')
     ORDER BY n.due_at LIMIT $2::int) d`)

/** What ought to have been sent before a time. */
export function findOverdue(session: Session, before: Date, most: number): Promise<DeliveryKey[]> {
  return session.run<DeliveryKey & Record<string, unknown>>(OVERDUE, [before, most])
}

/** Who comes second waits for the first, and finds then that it is not due. */
const CLAIM = unprepared(`WITH head AS MATERIALIZED (
     SELECT h.id FROM webhook_delivery h
     WHERE h.webhook_id = $1 AND h.ordering_key = $2 AND h.status = 'PENDING' ORDER BY h.place LIMIT 1 FOR UPDATE
   )
   UPDATE webhook_delivery d SET attempts = d.attempts + 1, due_at = $4::timestamptz
   FROM head, webhook w
   WHERE d.id = head.id AND d.due_at <= $3::timestamptz AND w.id = d.webhook_id AND w.status = 'ACTIVE'
   RETURNING ${DELIVERY_COLUMNS}, d.expires_at AS "expiresAt", w.url, w.secret`)

const HEAD =
  unprepared(`SELECT d.due_at AS "dueAt" FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id AND w.status = 'ACTIVE'
   WHERE d.webhook_id = $1 AND d.ordering_key = $2 AND d.status = 'PENDING' ORDER BY d.place LIMIT 1`)

/** The first that is pending of a key, where it is due; when it is, where it is not. */
export async function claim(
  session: Session,
  { webhookId, orderingKey }: DeliveryKey,
  now: Date,
  until: Date,
): Promise<ClaimedDelivery | { dueAt: Date | null }> {
  const key = [webhookId, orderingKey]
  const [claimed] = await session.run<ClaimedDelivery & Record<string, unknown>>(CLAIM, [...key, now, until])
  if (claimed !== undefined) return claimed
  const [head] = await session.run<{ dueAt: Date }>(HEAD, key)
  return { dueAt: head?.dueAt ?? null }
}

/** Whoever has been told of it is not told again, though another attempt be under way. */
const DELIVERED =
  unprepared(`UPDATE webhook_delivery SET status = 'DELIVERED', last_status = $2::int, last_error = NULL, last_response = $3,
     delivered_at = $4::timestamptz, due_at = $5::timestamptz WHERE id = $1`)

/** It has been told. */
export async function settleDelivered(
  session: Session,
  { deliveryId }: ClaimedDelivery,
  { status, response }: Attempt,
  now: Date,
  keepUntil: Date,
): Promise<void> {
  await session.run(DELIVERED, [deliveryId, status, response, now, keepUntil])
}

/** Where another attempt has begun since, its outcome counts. */
const FAILED =
  unprepared(`UPDATE webhook_delivery SET status = $3, last_status = $4::int, last_error = $5, last_response = $6,
     due_at = $7::timestamptz WHERE id = $1 AND attempts = $2::int AND status = 'PENDING'`)

/** What comes behind it is looked at when its turn may have come. */
const WAIT = unprepared(`UPDATE webhook_delivery SET due_at = $3::timestamptz
   WHERE webhook_id = $1 AND ordering_key = $2 AND status = 'PENDING' AND due_at < $3::timestamptz`)

/** And go on. */
const GO_ON = unprepared(`UPDATE webhook_delivery SET due_at = $3::timestamptz
   WHERE webhook_id = $1 AND ordering_key = $2 AND status = 'PENDING' AND due_at > $3::timestamptz`)

/** It has not: it is told again at `dueAt`, and what comes behind it waits; or is dead. */
export function settleFailed(
  database: Database,
  { deliveryId, attempts, webhookId, orderingKey }: ClaimedDelivery,
  { status, error, response }: Attempt,
  dueAt: Date | null,
  keepUntil: Date,
  now: Date,
): Promise<void> {
  return database.transaction(async (session) => {
    const outcome = dueAt === null ? 'DEAD' : 'PENDING'
    await session.run(FAILED, [
      ...[deliveryId, attempts, outcome, status, error, response],
      dueAt ?? keepUntil,
    ])
    await session.run(dueAt === null ? GO_ON : WAIT, [webhookId, orderingKey, dueAt ?? now])
  })
}

const SWEEP = unprepared(`DELETE FROM webhook_delivery WHERE id IN (
     SELECT d.id FROM webhook_delivery d WHERE d.status IN ('DELIVERED', 'DEAD') AND d.due_at <= $1::timestamptz
     LIMIT $2::int)`)

const SWEEP_REMOVED = unprepared(`DELETE FROM webhook_delivery WHERE id IN (
     SELECT d.id FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id WHERE w.status = 'DELETED' LIMIT $1::int)
   RETURNING id`)

const SWEEP_WEBHOOKS = unprepared(`DELETE FROM webhook w WHERE w.status = 'DELETED'
     AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id)`)

/** Whether there may be more. */
export async function sweep(session: Session, now: Date, most: number): Promise<boolean> {
  await session.run(SWEEP, [now, most])
  const removed = await session.run(SWEEP_REMOVED, [most])
  if (removed.length < most) await session.run(SWEEP_WEBHOOKS, [])
  return removed.length === most
}
