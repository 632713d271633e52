import type { OutboxFigures } from '../../webhook-store.js'
import type { Session } from '../database.js'
import { unprepared } from '../statement.js'

const WEBHOOKS = unprepared(
  `SELECT EXISTS (SELECT FROM webhook) AS "any", EXISTS (SELECT FROM webhook WHERE status = 'ACTIVE') AS active`,
)

/** Whether there are webhooks, and active ones. */
export async function findWhether(session: Session): Promise<{ any: boolean; active: boolean }> {
  const [row] = await session.run<{ any: boolean; active: boolean }>(WEBHOOKS, [])
  return row ?? { any: false, active: false }
}

/** Of each webhook by itself, in the index of what it has. */
const FIGURES =
  unprepared(`SELECT COALESCE(sum(f.pending) FILTER (WHERE f."isActive"), 0)::int AS pending, COALESCE(sum(f.dead), 0)::int AS dead,
     COALESCE(EXTRACT(epoch FROM now() - min(f."oldestAt") FILTER (WHERE f."isActive")), 0)::float8 AS "oldestPendingSeconds",
     count(*) FILTER (WHERE f."isActive" AND f."isFailing")::int AS failing, count(*) FILTER (WHERE NOT f."isActive")::int AS paused
   FROM (SELECT w.status = 'ACTIVE' AS "isActive", w.failing_since IS NOT NULL AS "isFailing",
       (SELECT count(*) FROM webhook_delivery p WHERE p.webhook_id = w.id AND p.status = 'PENDING') AS pending,
       (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.status = 'DEAD') AS dead,
       (SELECT o.created_at FROM webhook_delivery o WHERE o.webhook_id = w.id AND o.status = 'PENDING'
        ORDER BY o.place LIMIT 1) AS "oldestAt"
     FROM webhook w WHERE w.status <> 'DELETED') f`)

/** How much there is. */
export async function findFigures(session: Session): Promise<OutboxFigures> {
  const [row] = await session.run<OutboxFigures & Record<string, unknown>>(FIGURES, [])
  return row ?? { pending: 0, oldestPendingSeconds: 0, failing: 0, paused: 0, dead: 0 }
}

const SWEEP = unprepared(`DELETE FROM webhook_delivery WHERE id IN (
     SELECT d.id FROM webhook_delivery d WHERE d.status IN ('DELIVERED', 'DEAD') AND d.due_at <= now() LIMIT $1::int
     FOR UPDATE SKIP LOCKED)
   RETURNING id`)

const REMOVED = unprepared(`SELECT id FROM webhook WHERE status = 'DELETED' LIMIT 1`)

/** In an order that an index has: of one webhook among few a part would be looked for in the whole table. */
const SWEEP_REMOVED = unprepared(`DELETE FROM webhook_delivery WHERE id IN (
     SELECT d.id FROM webhook_delivery d WHERE d.webhook_id = $2::uuid ORDER BY d.place LIMIT $1::int)
   RETURNING id`)

const SWEEP_LANES = unprepared(`DELETE FROM webhook_lane l USING (
     SELECT n.webhook_id, n.ordering_key FROM webhook_lane n WHERE n.webhook_id = $2::uuid ORDER BY n.due_at LIMIT $1::int) r
   WHERE l.webhook_id = r.webhook_id AND l.ordering_key = r.ordering_key RETURNING l.webhook_id`)

const SWEEP_WEBHOOK = unprepared(`DELETE FROM webhook WHERE id = $1`)

/** Whether there may be more. */
export async function sweep(session: Session, most: number): Promise<boolean> {
  const swept = await session.run(SWEEP, [most])
  const [removed] = await session.run<{ id: string }>(REMOVED, [])
  if (removed === undefined) return swept.length === most
  const deliveries = await session.run(SWEEP_REMOVED, [most, removed.id])
  const lanes = await session.run(SWEEP_LANES, [most, removed.id])
  if (deliveries.length < most && lanes.length < most) await session.run(SWEEP_WEBHOOK, [removed.id])
  return true
}
