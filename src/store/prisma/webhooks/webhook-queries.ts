import type { SigningWebhook, Webhook } from '../../../lineage/webhooks/webhook.js'
import type { WebhookChanges } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { unprepared } from '../statement.js'
import { WEBHOOK_COLUMNS, type WebhookRow } from './rows.js'
import { begun, feedsOf, holdState, writeState } from './state.js'

const LIST = unprepared(
  `SELECT ${WEBHOOK_COLUMNS} FROM webhook w WHERE w.status <> 'DELETED' ORDER BY w.id DESC`,
)

const ACTIVE = unprepared(`SELECT ${WEBHOOK_COLUMNS} FROM webhook w WHERE w.status = 'ACTIVE' ORDER BY w.id`)

const CREATE =
  unprepared(`INSERT INTO webhook (id, url, events, namespaces, assets, incomplete_after_minutes, secret, status, created_at, created_by)
   SELECT $1::uuid, $2, $3::text[], $4::text[], $5::jsonb, $6::int, $7, $8, $9::timestamptz, $10
   WHERE (SELECT count(*) FROM webhook WHERE status <> 'DELETED') < $11::int
   RETURNING id`)

const UPDATE =
  unprepared(`UPDATE webhook w SET url = $2, events = $3::text[], namespaces = $4::text[], assets = $5::jsonb,
     incomplete_after_minutes = $6::int, secret = COALESCE($7, w.secret), status = $8
   WHERE w.id = $1 AND w.status <> 'DELETED' RETURNING ${WEBHOOK_COLUMNS}`)

/** Its deliveries, of which there may be many, are taken away behind it. */
const REMOVE = unprepared(
  `UPDATE webhook SET status = 'DELETED', secret = '', url = '' WHERE id = $1 AND status <> 'DELETED' RETURNING id`,
)

const FORGET_DAG_RUNS = unprepared('DELETE FROM webhook_dag_run WHERE webhook_id = $1')

const FORGET_STALE = unprepared('DELETE FROM webhook_stale_asset')

const PAUSE = unprepared(
  `UPDATE webhook SET status = 'PAUSED' WHERE id = $1 AND status = 'ACTIVE' RETURNING id`,
)

/** What has waited is not too late. What somebody is sending stays his: it is due when he has lost it. */
const RESUME = unprepared(`WITH lanes AS (
     UPDATE webhook_lane SET due_at = now() WHERE webhook_id = $1 AND due_at > now() AND lease IS NULL
   )
   UPDATE webhook_delivery SET expires_at = now() + ($3::timestamptz - $2::timestamptz)
   WHERE webhook_id = $1 AND status = 'PENDING' AND attempts > 0`)

/** All there are, the newest first. */
export function findWebhooks(session: Session): Promise<Webhook[]> {
  return session.run<WebhookRow>(LIST, [])
}

/** Those that are told. */
export function findActive(session: Session): Promise<Webhook[]> {
  return session.run<WebhookRow>(ACTIVE, [])
}

/** False where there are as many as there may be. */
export function createWebhook(database: Database, webhook: SigningWebhook, most: number): Promise<boolean> {
  return changed(database, async (session) => {
    const { createdAt, createdBy } = webhook
    const values = [...valuesOf(webhook, webhook.secret), createdAt, createdBy, most]
    return (await session.run(CREATE, values)).length > 0
  })
}

/** Null where there is none. */
export function updateWebhook(
  database: Database,
  webhookId: string,
  { secret, ...changes }: WebhookChanges,
  now: Date,
  expiresAt: Date,
): Promise<Webhook | null> {
  return changed(database, async (session) => {
    const before = (await findWebhooks(session)).find((one) => one.webhookId === webhookId)
    if (before === undefined) return null
    const [after] = await session.run<WebhookRow>(UPDATE, valuesOf({ ...before, ...changes }, secret ?? null))
    if (after?.status === 'PAUSED') await session.run(FORGET_DAG_RUNS, [webhookId])
    else if (before.status === 'PAUSED') await session.run(RESUME, [webhookId, now, expiresAt])
    return after ?? null
  })
}

/** False where there is none. */
export function removeWebhook(database: Database, webhookId: string): Promise<boolean> {
  return changed(database, async (session) => {
    const removed = await session.run(REMOVE, [webhookId])
    await session.run(FORGET_DAG_RUNS, [webhookId])
    return removed.length > 0
  })
}

/** Pauses a webhook with what `work` does, or neither where that says so; a webhook that is not active stays as it is. */
export function pauseWebhook(
  database: Database,
  webhookId: string,
  work: (session: Session) => Promise<boolean>,
): Promise<boolean> {
  return changed(database, async (session) => {
    if (!(await work(session))) return false
    await session.run(PAUSE, [webhookId])
    await session.run(FORGET_DAG_RUNS, [webhookId])
    return true
  })
}

/** Changes which webhooks there are; who is being told of what is new begins anew, and what nobody was told of begins now. */
function changed<T>(database: Database, change: (session: Session) => Promise<T>): Promise<T> {
  return database.transaction(async (session) => {
    const state = await holdState(session)
    const before = await findActive(session)
    const result = await change(session)
    const after = await findActive(session)
    // Nobody has looked meanwhile which assets have become fresh.
    if (!isToldOfStale(before) && isToldOfStale(after)) await session.run(FORGET_STALE, [])
    const fed = new Set(feedsOf(before))
    const watermarks = new Map([...state.watermarks].filter(([name]) => fed.has(name)))
    await writeState(session, await begun(session, { ...state, watermarks }, after), 0)
    return result
  })
}

const isToldOfStale = (webhooks: readonly Webhook[]) =>
  webhooks.some(({ events }) => events.includes('ASSET_STALE'))

function valuesOf(webhook: Webhook, secret: string | null): unknown[] {
  const { webhookId, url, events, namespaces, assets, incompleteAfterMinutes, status } = webhook
  return [
    ...[webhookId, url, events, namespaces, JSON.stringify(assets), incompleteAfterMinutes],
    ...[secret, status],
  ]
}
