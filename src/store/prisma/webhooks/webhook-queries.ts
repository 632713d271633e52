import type { SigningWebhook, Webhook } from '../../../lineage/webhooks/webhook.js'
import type { WebhookChanges, WebhookCounts } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { unprepared } from '../statement.js'
import { narrowed } from './narrowing.js'
import { WEBHOOK_COLUMNS, type WebhookRow } from './rows.js'
import { begun, feedsOf, holdState, writeState } from './state.js'

const LIST = unprepared(
  `SELECT ${WEBHOOK_COLUMNS} FROM webhook w WHERE w.status <> 'DELETED' ORDER BY w.id DESC`,
)

const ACTIVE = unprepared(`SELECT ${WEBHOOK_COLUMNS} FROM webhook w WHERE w.status = 'ACTIVE' ORDER BY w.id`)

const CREATE =
  unprepared(`INSERT INTO webhook (id, url, events, namespaces, assets, incomplete_after_minutes, secret, status, created_at, created_by)
   VALUES ($1::uuid, $2, $3::text[], $4::text[], $5::jsonb, $6::int, $7, $8, $9::timestamptz, $10)
   RETURNING id`)

const COUNT =
  unprepared(`SELECT count(*)::int AS "inAll", (count(*) FILTER (WHERE created_by = $1))::int AS "byCaller"
   FROM webhook WHERE status <> 'DELETED'`)

const UPDATE =
  unprepared(`UPDATE webhook w SET url = $2, events = $3::text[], namespaces = $4::text[], assets = $5::jsonb,
     incomplete_after_minutes = $6::int, secret = COALESCE($7, w.secret), status = $8
   WHERE w.id = $1 AND w.status <> 'DELETED' RETURNING ${WEBHOOK_COLUMNS}`)

/** Its deliveries, of which there may be many, are taken away behind it. */
const REMOVE = unprepared(
  `UPDATE webhook SET status = 'DELETED', secret = '', url = '' WHERE id = $1 AND status <> 'DELETED' RETURNING id`,
)

const FORGET_DAG_RUNS = unprepared('DELETE FROM webhook_dag_run WHERE webhook_id = $1')

const AWAIT_ANEW = unprepared(
  `UPDATE webhook_dag_run SET due_at = recorded_at + make_interval(mins => $2::int) WHERE webhook_id = $1`,
)

const FORGET_TOLD = unprepared('DELETE FROM webhook_told_stale WHERE webhook_id = ANY($1::uuid[])')

const FORGET_CHECKS = unprepared('DELETE FROM webhook_stale_check')

const PAUSE = unprepared(
  `UPDATE webhook SET status = 'PAUSED' WHERE id = $1 AND status = 'ACTIVE' RETURNING id`,
)

/** What somebody is sending stays his: it is due when he has lost it. */
const RESUME = unprepared(`UPDATE webhook_lane SET due_at = now()
   WHERE webhook_id = $1 AND due_at > now() AND lease IS NULL`)

/** What has waited is not too late. */
const RENEW =
  unprepared(`UPDATE webhook_delivery SET expires_at = now() + $2::float8 * interval '1 millisecond'
   WHERE webhook_id = $1 AND status = 'PENDING' AND attempts > 0`)

/** All there are, the newest first. */
export function findWebhooks(session: Session): Promise<Webhook[]> {
  return session.run<WebhookRow>(LIST, [])
}

/** Those that are told. */
export function findActive(session: Session): Promise<Webhook[]> {
  return session.run<WebhookRow>(ACTIVE, [])
}

/** Says which there are too many of, where there are as many as there may be. */
export function createWebhook(
  database: Database,
  webhook: SigningWebhook,
  most: WebhookCounts,
): Promise<keyof WebhookCounts | null> {
  return changed(database, async (session) => {
    const { createdAt, createdBy } = webhook
    const [count] = await session.run<WebhookCounts & Record<string, unknown>>(COUNT, [createdBy])
    if (count !== undefined && count.inAll >= most.inAll) return 'inAll'
    if (count !== undefined && count.byCaller >= most.byCaller) return 'byCaller'
    await session.run(CREATE, [...valuesOf(webhook, webhook.secret), createdAt, createdBy])
    return null
  })
}

/** Null where there is none. */
export function updateWebhook(
  database: Database,
  webhookId: string,
  { secret, ...changes }: WebhookChanges,
  retryMs: number,
): Promise<Webhook | null> {
  return changed(database, async (session) => {
    const before = (await findWebhooks(session)).find((one) => one.webhookId === webhookId)
    if (before === undefined) return null
    const [after] = await session.run<WebhookRow>(UPDATE, valuesOf({ ...before, ...changes }, secret ?? null))
    if (after === undefined) return null
    const isTold = after.events.includes('DAG_RUN_INCOMPLETE')
    if (!isTold || (before.status === 'ACTIVE' && after.status === 'PAUSED'))
      await session.run(FORGET_DAG_RUNS, [webhookId])
    else if (before.incompleteAfterMinutes !== after.incompleteAfterMinutes)
      await session.run(AWAIT_ANEW, [webhookId, after.incompleteAfterMinutes])
    if (before.status === 'PAUSED' && after.status === 'ACTIVE') {
      await session.run(RESUME, [webhookId])
      await session.run(RENEW, [webhookId, retryMs])
    }
    await narrowed(session, before, after)
    return after
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

/**
 * Changes webhooks. Where by that others are active, or active ones are told of other things, who is looking at what is new
 * begins anew, and what nobody was told of begins now.
 */
function changed<T>(database: Database, change: (session: Session) => Promise<T>): Promise<T> {
  return database.transaction(async (session) => {
    const state = await holdState(session)
    const before = await findActive(session)
    const result = await change(session)
    const after = await findActive(session)
    const changedIds = changedBetween(before, after)
    if (changedIds.length === 0) return result
    // What they have been told means nothing for what they are told of now.
    await session.run(FORGET_TOLD, [changedIds])
    if (!isToldOfStale(before)) await session.run(FORGET_CHECKS, [])
    const fed = new Set(feedsOf(before))
    const watermarks = new Map([...state.watermarks].filter(([name]) => fed.has(name)))
    const next = { ...state, generation: state.generation + 1n, watermarks }
    await writeState(session, await begun(session, next, after), 0)
    return result
  })
}

const isToldOfStale = (webhooks: readonly Webhook[]) =>
  webhooks.some(({ events }) => events.includes('ASSET_STALE'))

/** Those that are told of other things than before, or are no longer told, or newly. */
function changedBetween(before: readonly Webhook[], after: readonly Webhook[]): string[] {
  const [was, is] = [before, after].map(
    (all) => new Map(all.map((webhook) => [webhook.webhookId, JSON.stringify(toldOf(webhook))])),
  )
  const ids = new Set([...before, ...after].map(({ webhookId }) => webhookId))
  return [...ids].filter((id) => was?.get(id) !== is?.get(id))
}

const toldOf = ({ events, namespaces, assets, incompleteAfterMinutes }: Webhook) => ({
  events,
  namespaces,
  assets,
  incompleteAfterMinutes,
})

function valuesOf(webhook: Webhook, secret: string | null): unknown[] {
  const { webhookId, url, events, namespaces, assets, incompleteAfterMinutes, status } = webhook
  return [
    ...[webhookId, url, events, namespaces, JSON.stringify(assets), incompleteAfterMinutes],
    ...[secret, status],
  ]
}
