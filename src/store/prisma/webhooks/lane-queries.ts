import { randomUUID } from 'node:crypto'
import type { Attempt, ClaimedDelivery, DeliveryKey } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { unprepared } from '../statement.js'
import { DELIVERY_COLUMNS } from './rows.js'

// A lane is there while something of its key is pending: who adds a delivery locks the lane, or makes it; who takes the
// last one away has locked it before looking whether there are others. All times are the database's, for the clocks of
// servers differ.

const inMs = (parameter: string) => `now() + ${parameter}::float8 * interval '1 millisecond'`

const OPEN = unprepared(`INSERT INTO webhook_lane AS l (webhook_id, ordering_key, due_at)
   SELECT DISTINCT r."webhookId", r."orderingKey", now()
   FROM json_to_recordset($1::json) AS r("webhookId" uuid, "orderingKey" text) ORDER BY 1, 2
   ON CONFLICT (webhook_id, ordering_key) DO UPDATE SET webhook_id = EXCLUDED.webhook_id`)

/** For the rest of the transaction they are there, and nobody takes them away. */
export async function openLanes(session: Session, keys: readonly DeliveryKey[]): Promise<void> {
  const wanted = keys.map(({ webhookId, orderingKey }) => ({ webhookId, orderingKey }))
  await session.run(OPEN, [JSON.stringify(wanted)])
}

const DUE = unprepared(`SELECT w.id AS "webhookId" FROM webhook w WHERE w.status = 'ACTIVE'
   AND EXISTS (SELECT FROM webhook_lane l WHERE l.webhook_id = w.id AND l.due_at <= now())`)

/** The webhooks that something is to be sent to. */
export async function findDue(session: Session): Promise<string[]> {
  const rows = await session.run<{ webhookId: string }>(DUE, [])
  return rows.map(({ webhookId }) => webhookId)
}

/** Who lets a lane go just now has locked it: it is looked at again soon, not at once. */
const NEXT = unprepared(`SELECT GREATEST(l.due_at, now() + interval '100 milliseconds') AS "dueAt"
   FROM webhook w JOIN webhook_lane l ON l.webhook_id = w.id
   WHERE w.id = $1 AND w.status = 'ACTIVE' ORDER BY l.due_at LIMIT 1`)

/** When something is to be sent to a webhook next; null where nothing is. */
export async function findNextDue(session: Session, webhookId: string): Promise<Date | null> {
  const [row] = await session.run<{ dueAt: Date }>(NEXT, [webhookId])
  return row?.dueAt ?? null
}

const LEASE = unprepared(`WITH next AS MATERIALIZED (
     SELECT l.webhook_id, l.ordering_key, w.url, w.secret, w.failing_since IS NOT NULL AS "isFailing"
     FROM webhook_lane l JOIN webhook w ON w.id = l.webhook_id
     WHERE l.webhook_id = $1 AND l.due_at <= now() AND w.status = 'ACTIVE'
     ORDER BY l.due_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED
   )
   UPDATE webhook_lane l SET lease = $2::uuid, due_at = ${inMs('$3')} FROM next n
   WHERE l.webhook_id = n.webhook_id AND l.ordering_key = n.ordering_key
   RETURNING l.ordering_key AS "orderingKey", n.url, n.secret, n."isFailing"`)

/** A statement of its own, so that it sees what was committed before the lane was locked. */
const TAKE = unprepared(`UPDATE webhook_delivery d SET attempts = d.attempts + 1,
     expires_at = CASE WHEN d.attempts = 0 THEN ${inMs('$3')} ELSE d.expires_at END
   WHERE d.id = (SELECT h.id FROM webhook_delivery h
     WHERE h.webhook_id = $1 AND h.ordering_key = $2 AND h.status = 'PENDING' ORDER BY h.place LIMIT 1)
   RETURNING ${DELIVERY_COLUMNS}`)

interface Leased extends Record<string, unknown> {
  orderingKey: string
  url: string
  secret: string
  isFailing: boolean
}

/** The first that is pending of the lane of a webhook that is due for longest: nobody else gets it for `leaseMs`. */
export function claim(
  database: Database,
  webhookId: string,
  leaseMs: number,
  retryMs: number,
): Promise<ClaimedDelivery | null> {
  return database.transaction(async (session) => {
    for (;;) {
      const lease = randomUUID()
      const [leased] = await session.run<Leased>(LEASE, [webhookId, lease, leaseMs])
      if (leased === undefined) return null
      const { orderingKey, ...where } = leased
      const key = [webhookId, orderingKey]
      const [taken] = await session.run<Taken>(TAKE, [...key, retryMs])
      if (taken !== undefined) return { ...taken, ...where, lease }
      // It was to be told of again what has been told.
      await session.run(CLOSE, key)
    }
  })
}

type Taken = Omit<ClaimedDelivery, 'url' | 'secret' | 'isFailing' | 'lease'> & Record<string, unknown>

const HOLD = unprepared(`SELECT FROM webhook_lane
   WHERE webhook_id = $1 AND ordering_key = $2 AND lease = $3::uuid FOR UPDATE`)

const RELEASE = unprepared(`UPDATE webhook_lane SET lease = NULL, due_at = ${inMs('$3')}, is_failing = $4
   WHERE webhook_id = $1 AND ordering_key = $2`)

const CLOSE = unprepared(`DELETE FROM webhook_lane WHERE webhook_id = $1 AND ordering_key = $2
   AND NOT EXISTS (SELECT FROM webhook_delivery d
     WHERE d.webhook_id = $1 AND d.ordering_key = $2 AND d.status = 'PENDING')`)

const DELIVERED =
  unprepared(`UPDATE webhook_delivery SET status = 'DELIVERED', last_status = $2::int, last_error = NULL, last_response = $3,
     delivered_at = now(), due_at = ${inMs('$4')} WHERE id = $1`)

/** However long the pause would be, it is tried a last time when its time is over. */
const FAILED =
  unprepared(`UPDATE webhook_delivery d SET last_status = $2::int, last_error = $3, last_response = $4,
     status = CASE WHEN n."isDead" THEN 'DEAD' ELSE 'PENDING' END,
     due_at = CASE WHEN n."isDead" THEN ${inMs('$6')} ELSE d.due_at END
   FROM (SELECT e.id, $5::float8 IS NULL OR ($5 > 0 AND now() >= e.expires_at) AS "isDead",
       LEAST($5, EXTRACT(epoch FROM e.expires_at - now())::float8 * 1000) AS "pauseMs"
     FROM webhook_delivery e WHERE e.id = $1) n
   WHERE d.id = n.id RETURNING n."isDead", GREATEST(n."pauseMs", 0) AS "pauseMs"`)

/** Whether an attempt still has its lease: nobody else gets the lane until the transaction ends. */
async function isHeld(
  session: Session,
  { webhookId, orderingKey, lease }: ClaimedDelivery,
): Promise<boolean> {
  return (await session.run(HOLD, [webhookId, orderingKey, lease])).length > 0
}

/** Lets the lane go: it is due in `ms`, if anything is left of it. */
async function release(
  session: Session,
  { webhookId, orderingKey }: ClaimedDelivery,
  ms: number,
  isFailing: boolean,
): Promise<void> {
  await session.run(RELEASE, [webhookId, orderingKey, ms, isFailing])
  if (!isFailing) await session.run(CLOSE, [webhookId, orderingKey])
}

/** It has been told. False where the lease was lost: what became of a later attempt counts. */
export function settleDelivered(
  database: Database,
  claimed: ClaimedDelivery,
  { status, response }: Attempt,
  keepMs: number,
): Promise<boolean> {
  return database.transaction(async (session) => {
    if (!(await isHeld(session, claimed))) return false
    await session.run(DELIVERED, [claimed.deliveryId, status, response, keepMs])
    await release(session, claimed, 0, false)
    return true
  })
}

/**
 * It has not: it is tried again in `pauseMs`, or is dead, where its time is over or that is null. With 0 it was not its
 * receiver that failed: it is sent again in any case. Null where the lease was lost.
 */
export async function settleFailed(
  session: Session,
  claimed: ClaimedDelivery,
  { status, error, response }: Attempt,
  pauseMs: number | null,
  keepMs: number,
): Promise<'PENDING' | 'DEAD' | null> {
  if (!(await isHeld(session, claimed))) return null
  const values = [claimed.deliveryId, status, error, response, pauseMs, keepMs]
  const [row] = await session.run<{ isDead: boolean; pauseMs: number }>(FAILED, values)
  const isDead = row?.isDead !== false
  await release(session, claimed, isDead ? 0 : (row?.pauseMs ?? 0), !isDead)
  return isDead ? 'DEAD' : 'PENDING'
}

const BEGIN_FAILING = unprepared(
  'UPDATE webhook SET failing_since = now() WHERE id = $1 AND failing_since IS NULL RETURNING id',
)

const RECOVER =
  unprepared(`UPDATE webhook w SET failing_since = NULL WHERE w.id = $1 AND w.failing_since IS NOT NULL
   AND NOT EXISTS (SELECT FROM webhook_lane l WHERE l.webhook_id = w.id AND l.is_failing) RETURNING w.id`)

/** Whether a webhook has begun to fail, or has recovered, with this: of all servers one is told so. */
export async function noteFailing(session: Session, webhookId: string, isFailing: boolean): Promise<boolean> {
  return (await session.run(isFailing ? BEGIN_FAILING : RECOVER, [webhookId])).length > 0
}
