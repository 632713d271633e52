import { type RegisteredNode, statusesOf } from '../../../lineage/config/node-status.js'
import type { Materialization } from '../../../lineage/entities.js'
import { concerns, type KnownAsset, maySee } from '../../../lineage/webhooks/concerns.js'
import { dagRunIncomplete } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import { findRegisteredNodes } from '../config-queries.js'
import type { Session } from '../database.js'
import { findMadeInRun } from '../run-queries.js'
import { unprepared } from '../statement.js'
import { type Draft, draft } from './draft.js'
import { assetIn, findKnown } from './known-assets.js'

/** How many runs are looked at in one go. */
const MOST_DUE = 20

/** A run that a webhook is to be told of at a time, unless it is complete by then. */
export interface AwaitedRun {
  webhookId: string
  dagId: string
  recordedAt: Date
  dueAt: Date
}

const DUE =
  unprepared(`SELECT webhook_id AS "webhookId", dag_id AS "dagId", recorded_at AS "recordedAt", due_at AS "dueAt"
   FROM webhook_dag_run WHERE due_at <= $1::timestamptz ORDER BY due_at LIMIT ${MOST_DUE}`)

const AWAIT = unprepared(`INSERT INTO webhook_dag_run (webhook_id, dag_id, recorded_at, due_at)
   SELECT "webhookId", "dagId", "recordedAt", "dueAt"
   FROM json_to_recordset($1::json) AS r("webhookId" uuid, "dagId" text, "recordedAt" timestamptz, "dueAt" timestamptz)
   ON CONFLICT (webhook_id, dag_id) DO UPDATE SET recorded_at = excluded.recorded_at, due_at = excluded.due_at`)

const LET_GO =
  unprepared(`DELETE FROM webhook_dag_run t USING unnest($1::uuid[], $2::text[]) AS r(webhook_id, dag_id)
   WHERE t.webhook_id = r.webhook_id AND t.dag_id = r.dag_id`)

/** The runs that something was recorded of, for the webhooks that it concerns: each as of the last. */
export function awaitedRuns(
  webhooks: readonly Webhook[],
  recorded: readonly Materialization[],
  known: ReadonlyMap<string, KnownAsset>,
): AwaitedRun[] {
  const runs = new Map<string, AwaitedRun>()
  for (const { assetId, dagId, recordedAt } of recorded) {
    const asset = known.get(assetId)
    if (dagId === null || asset === undefined) continue
    for (const webhook of webhooks) {
      if (!concerns(webhook, 'DAG_RUN_INCOMPLETE', asset)) continue
      const { webhookId, incompleteAfterMinutes } = webhook
      const key = JSON.stringify([webhookId, dagId])
      if ((runs.get(key)?.recordedAt ?? recordedAt) > recordedAt) continue
      const dueAt = new Date(recordedAt.getTime() + incompleteAfterMinutes * 60_000)
      runs.set(key, { webhookId, dagId, recordedAt, dueAt })
    }
  }
  return [...runs.values()]
}

/** What webhooks are to be told of runs whose time has come. */
export async function draftDagRuns(
  session: Session,
  webhooks: readonly Webhook[],
  now: Date,
): Promise<{ drafts: Draft[]; due: AwaitedRun[] }> {
  const due = await session.run<AwaitedRun & Record<string, unknown>>(DUE, [now])
  const drafts: Draft[] = []
  for (const { webhookId, dagId, recordedAt } of due) {
    const webhook = webhooks.find((one) => one.webhookId === webhookId)
    if (webhook?.events.includes('DAG_RUN_INCOMPLETE') !== true) continue
    const nodes = await findStatuses(session, webhook, dagId)
    if (nodes.every(({ missingRequiredAssets }) => missingRequiredAssets.length === 0)) continue
    const payload = dagRunIncomplete(dagId, recordedAt, nodes, now)
    drafts.push(draft(webhook, dagId, 'DAG_RUN_INCOMPLETE', payload))
  }
  return { drafts, due }
}

/** As the webhook may see it. */
async function findStatuses(session: Session, webhook: Webhook, dagId: string) {
  const made = await findMadeInRun(session, dagId, null)
  const nodeTaskIds = [...new Set(made.map((one) => one.nodeTaskId))]
  const registered = await findRegisteredNodes(session, dagId, nodeTaskIds, true)
  if (webhook.namespaces === null) return statusesOf(dagId, made, registered)
  const known = await findKnown(session, [
    ...made.map(({ assetId }) => assetId),
    ...registered.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)),
  ])
  const isHidden = (assetId: string) => !maySee(webhook, assetIn(known, assetId)?.namespace ?? '')
  const shown = (node: RegisteredNode): RegisteredNode => {
    const assets = node.assets.map((one) => ({ ...one, isHidden: isHidden(one.assetId) }))
    const isWhole = assets.length === 0 || assets.some((one) => !one.isHidden)
    return isWhole ? { ...node, assets } : { ...node, assets, dagName: null, isHidden: true }
  }
  return statusesOf(
    dagId,
    made.map((one) => ({ ...one, isHidden: isHidden(one.assetId) })),
    registered.map(shown),
  )
}

/** Forgets those that were due, and waits for others. */
export async function writeAwaited(
  session: Session,
  due: readonly AwaitedRun[],
  awaited: readonly AwaitedRun[],
): Promise<void> {
  const order = (a: AwaitedRun, b: AwaitedRun) => (a.webhookId + a.dagId < b.webhookId + b.dagId ? -1 : 1)
  const gone = [...due].sort(order)
  if (gone.length > 0)
    await session.run(LET_GO, [gone.map(({ webhookId }) => webhookId), gone.map(({ dagId }) => dagId)])
  if (awaited.length > 0) await session.run(AWAIT, [JSON.stringify([...awaited].sort(order))])
}
