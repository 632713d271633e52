import { concerns } from '../../../lineage/webhooks/concerns.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { unprepared } from '../statement.js'
import { findKnown } from './known-assets.js'

/** So many assets are looked up at once. */
const PIECE = 1_000

const DROP_EVENTS = unprepared(
  `DELETE FROM webhook_delivery WHERE webhook_id = $1 AND status = 'PENDING' AND event <> ALL($2::text[] || '{TEST}')`,
)

/** Whatever has become of them: the log shows payloads, and can send them again. */
const DROP_NAMESPACES = unprepared(`DELETE FROM webhook_delivery
   WHERE webhook_id = $1 AND payload #>> '{data,asset,namespace}' <> ALL($2::text[])`)

const HIDE_CONSUMERS =
  unprepared(`UPDATE webhook_delivery SET payload = jsonb_set(payload, '{data,consumer}', 'null')
   WHERE webhook_id = $1 AND event = 'NEW_CONSUMER' AND payload #>> '{data,consumer,namespace}' <> ALL($2::text[])`)

const HIDE_CAUSES = unprepared(`UPDATE webhook_delivery d SET payload = jsonb_set(jsonb_set(d.payload,
     '{data,rootCauses}', COALESCE((SELECT jsonb_agg(c.cause ORDER BY c.n)
       FROM jsonb_array_elements(d.payload #> '{data,rootCauses}') WITH ORDINALITY AS c(cause, n)
       WHERE c.cause #>> '{upstream,namespace}' = ANY($2::text[])), '[]')),
     '{data,otherRootCauses}', to_jsonb((d.payload #>> '{data,otherRootCauses}')::int + (SELECT count(*)
       FROM jsonb_array_elements(d.payload #> '{data,rootCauses}') AS c(cause)
       WHERE c.cause #>> '{upstream,namespace}' <> ALL($2::text[]))))
   WHERE d.webhook_id = $1 AND d.event = 'ASSET_STALE' AND EXISTS (
     SELECT FROM jsonb_array_elements(d.payload #> '{data,rootCauses}') AS c(cause)
     WHERE c.cause #>> '{upstream,namespace}' <> ALL($2::text[]))`)

/** They are looked at again, as the webhook is now: what they say of nodes does not say of which namespaces it is. */
const AWAIT_PENDING = unprepared(`INSERT INTO webhook_dag_run (webhook_id, dag_id, recorded_at, due_at)
   SELECT DISTINCT ON (webhook_id, ordering_key) webhook_id, ordering_key,
     (payload #>> '{data,lastRecordedAt}')::timestamptz, now()
   FROM webhook_delivery WHERE webhook_id = $1 AND event = 'DAG_RUN_INCOMPLETE' AND status = 'PENDING'
   ORDER BY webhook_id, ordering_key, place DESC
   ON CONFLICT (webhook_id, dag_id) DO NOTHING`)

const DROP_RUNS = unprepared(`DELETE FROM webhook_delivery
   WHERE webhook_id = $1 AND event = 'DAG_RUN_INCOMPLETE' AND ($2::boolean OR status = 'PENDING')`)

const PENDING_KEYS = unprepared(`SELECT DISTINCT ordering_key AS "assetId" FROM webhook_delivery
   WHERE webhook_id = $1 AND status = 'PENDING' AND event NOT IN ('DAG_RUN_INCOMPLETE', 'TEST')`)

const DROP_KEYS = unprepared(
  `DELETE FROM webhook_delivery WHERE webhook_id = $1 AND status = 'PENDING' AND ordering_key = ANY($2::text[])`,
)

/** What a webhook may be told no more is not sent: neither what is pending, nor again what is in the log. */
export async function narrowed(session: Session, before: Webhook, after: Webhook): Promise<void> {
  const { webhookId, events, namespaces } = after
  if (before.events.some((event) => !events.includes(event)))
    await session.run(DROP_EVENTS, [webhookId, events])
  const isNarrower =
    namespaces !== null && (before.namespaces?.some((one) => !namespaces.includes(one)) ?? true)
  if (isNarrower)
    for (const hide of [DROP_NAMESPACES, HIDE_CONSUMERS, HIDE_CAUSES])
      await session.run(hide, [webhookId, namespaces])
  if (!isNarrower && JSON.stringify(before.assets) === JSON.stringify(after.assets)) return
  await dropUnconcerned(session, after)
  await session.run(AWAIT_PENDING, [webhookId])
  await session.run(DROP_RUNS, [webhookId, isNarrower])
}

async function dropUnconcerned(session: Session, webhook: Webhook): Promise<void> {
  const pending = await session.run<{ assetId: string }>(PENDING_KEYS, [webhook.webhookId])
  const ids = pending.map(({ assetId }) => assetId)
  for (let at = 0; at < ids.length; at += PIECE) {
    const piece = ids.slice(at, at + PIECE)
    const known = await findKnown(session, piece)
    const gone = piece.filter((assetId) => {
      const asset = known.get(assetId)
      return asset === undefined || !webhook.events.some((event) => concerns(webhook, event, asset))
    })
    if (gone.length > 0) await session.run(DROP_KEYS, [webhook.webhookId, gone])
  }
}
