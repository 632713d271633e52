import { Prisma } from '../../../../prisma/generated/client.js'
import type { DeliveryStatus, WebhookDelivery } from '../../../lineage/webhooks/webhook.js'
import type { DeliveriesRequest } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { unprepared } from '../statement.js'
import { openLanes } from './lane-queries.js'
import { DELIVERY_COLUMNS, type DeliveryRow } from './rows.js'

/** Newest first, of each webhook: the first `count` behind `after`. */
export async function findDeliveries(
  database: Database,
  webhookIds: readonly string[],
  { status, page: { after, count } }: DeliveriesRequest,
): Promise<WebhookDelivery[][]> {
  const conditions = [Prisma.sql`n.webhook_id = r.webhook_id`]
  if (status !== null) conditions.push(Prisma.sql`n.status = ${status}`)
  if (after !== null) conditions.push(Prisma.sql`n.place < ${after.place}::bigint`)
  const rows = await database.runComposed<DeliveryRow>(Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT unnest(ARRAY(
        SELECT n.id FROM webhook_delivery n WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY n.place DESC LIMIT ${count})) AS id
      FROM unnest(${webhookIds}::uuid[]) AS r(webhook_id)
    )
    SELECT ${Prisma.raw(DELIVERY_COLUMNS)} FROM page p JOIN webhook_delivery d ON d.id = p.id ORDER BY d.place DESC`)
  return webhookIds.map((id) => rows.filter(({ webhookId }) => webhookId === id))
}

/** How many each webhook has. */
export async function countDeliveries(
  database: Database,
  webhookIds: readonly string[],
  status: DeliveryStatus | null,
): Promise<number[]> {
  const rows = await database.runComposed<{ webhookId: string; total: number }>(Prisma.sql`
    SELECT d.webhook_id AS "webhookId", count(*)::int AS total FROM webhook_delivery d
    WHERE d.webhook_id = ANY(${webhookIds}::uuid[])
      ${status === null ? Prisma.empty : Prisma.sql`AND d.status = ${status}`} GROUP BY 1`)
  const totals = new Map(rows.map(({ webhookId, total }) => [webhookId, total]))
  return webhookIds.map((id) => totals.get(id) ?? 0)
}

const BY_ID = unprepared(`SELECT ${DELIVERY_COLUMNS} FROM webhook_delivery d WHERE d.id = $1`)

/** As a new one, but for what became of the last attempt. One that is pending is on its way already. */
const REPLAY = unprepared(`UPDATE webhook_delivery SET status = 'PENDING', attempts = 0, delivered_at = NULL
   WHERE id = $1 AND status <> 'PENDING'`)

/** What somebody is sending stays his: the next is sent behind it. */
const HURRY = unprepared(`UPDATE webhook_lane SET due_at = now()
   WHERE webhook_id = $1 AND ordering_key = $2 AND due_at > now() AND lease IS NULL`)

/** Null where there is none. */
export async function findDelivery(session: Session, deliveryId: string): Promise<WebhookDelivery | null> {
  const [row] = await session.run<DeliveryRow>(BY_ID, [deliveryId])
  return row ?? null
}

/** Sends it again; null where it is not there. */
export function replayDelivery(database: Database, deliveryId: string): Promise<WebhookDelivery | null> {
  return database.transaction(async (session) => {
    const found = await findDelivery(session, deliveryId)
    if (found === null) return null
    const { webhookId, orderingKey } = found
    await openLanes(session, [found])
    await session.run(REPLAY, [deliveryId])
    await session.run(HURRY, [webhookId, orderingKey])
    return findDelivery(session, deliveryId)
  })
}
