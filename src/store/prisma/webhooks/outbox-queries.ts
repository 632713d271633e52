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

const FIGURES = unprepared(`SELECT p.pending, p."oldestPendingSeconds", f.failing,
     (SELECT count(*)::int FROM webhook_delivery d WHERE d.status = 'DEAD') AS dead
   FROM (SELECT count(*)::int AS pending,
       COALESCE(EXTRACT(epoch FROM now() - min(d.created_at)), 0)::float8 AS "oldestPendingSeconds"
     FROM webhook_delivery d WHERE d.status = 'PENDING'
       AND d.webhook_id IN (SELECT w.id FROM webhook w WHERE w.status = 'ACTIVE')) p,
     (SELECT count(*)::int AS failing FROM webhook WHERE status = 'ACTIVE' AND failing_since IS NOT NULL) f`)

/** How much there is. */
export async function findFigures(session: Session): Promise<OutboxFigures> {
  const [row] = await session.run<OutboxFigures & Record<string, unknown>>(FIGURES, [])
  return row ?? { pending: 0, oldestPendingSeconds: 0, failing: 0, dead: 0 }
}

const SWEEP = unprepared(`DELETE FROM webhook_delivery WHERE id IN (
     SELECT d.id FROM webhook_delivery d WHERE d.status IN ('DELIVERED', 'DEAD') AND d.due_at <= now() LIMIT $1::int)
   RETURNING id`)

const SWEEP_REMOVED = unprepared(`DELETE FROM webhook_delivery WHERE id IN (
     SELECT d.id FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id WHERE w.status = 'DELETED' LIMIT $1::int)
   RETURNING id`)

const SWEEP_LANES = unprepared(`DELETE FROM webhook_lane l USING (
     SELECT n.webhook_id, n.ordering_key FROM webhook w JOIN webhook_lane n ON n.webhook_id = w.id
     WHERE w.status = 'DELETED' LIMIT $1::int) r
   WHERE l.webhook_id = r.webhook_id AND l.ordering_key = r.ordering_key RETURNING l.webhook_id`)

const SWEEP_WEBHOOKS = unprepared(`DELETE FROM webhook w WHERE w.status = 'DELETED'
     AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id)
     AND NOT EXISTS (SELECT FROM webhook_lane l WHERE l.webhook_id = w.id)`)

/** Whether there may be more. */
export async function sweep(session: Session, most: number): Promise<boolean> {
  const swept = [SWEEP, SWEEP_REMOVED, SWEEP_LANES]
  let isMore = false
  for (const statement of swept) isMore = (await session.run(statement, [most])).length === most || isMore
  await session.run(SWEEP_WEBHOOKS, [])
  return isMore
}
