import { type RegisteredNode, statusesOf } from '../../../lineage/config/node-status.js'
import type { Materialization } from '../../../lineage/entities.js'
import type { Audience } from '../../../lineage/webhooks/audience.js'
import { concerns, type KnownAsset, maySee } from '../../../lineage/webhooks/concerns.js'
import { dagRunIncomplete } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import { findRegisteredNodes } from '../config-queries.js'
import type { Session } from '../database.js'
import { findMadeInRun } from '../run-queries.js'
import { unprepared } from '../statement.js'
import { Drafts, draft } from './draft.js'
import { assetIn, findKnown } from './known-assets.js'
import type { Look, Plan, Step } from './step.js'

/** A run that a webhook is to be told of at a time, unless it is complete by then. */
export interface AwaitedRun {
  webhookId: string
  dagId: string
  recordedAt: Date
  dueAt: Date
}

/** Those of webhooks that are paused wait. */
const DUE =
  unprepared(`SELECT r.webhook_id AS "webhookId", r.dag_id AS "dagId", r.recorded_at AS "recordedAt", r.due_at AS "dueAt"
   FROM webhook_dag_run r WHERE r.due_at <= $1::timestamptz
     AND EXISTS (SELECT FROM webhook w WHERE w.id = r.webhook_id AND w.status = 'ACTIVE')
   ORDER BY r.due_at LIMIT $2::int`)

const AWAIT = unprepared(`INSERT INTO webhook_dag_run (webhook_id, dag_id, recorded_at, due_at)
   SELECT "webhookId", "dagId", "recordedAt", "dueAt"
   FROM json_to_recordset($1::json) AS r("webhookId" uuid, "dagId" text, "recordedAt" timestamptz, "dueAt" timestamptz)
   ON CONFLICT (webhook_id, dag_id) DO UPDATE SET recorded_at = excluded.recorded_at, due_at = excluded.due_at`)

const LET_GO =
  unprepared(`DELETE FROM webhook_dag_run t USING unnest($1::uuid[], $2::text[]) AS r(webhook_id, dag_id)
   WHERE t.webhook_id = r.webhook_id AND t.dag_id = r.dag_id`)

/** What a run has recorded, and when last. */
const RECORDED =
  unprepared(`SELECT asset_id AS "assetId", max(recorded_at) AS "recordedAt" FROM materialization
   WHERE dag_id = $1 GROUP BY asset_id`)

/** The runs whose time has come. */
export const RUNS: Step = { most: 20, plan: planRuns, parts: [{ plan: planRuns }] }

/** The runs that something was recorded of, for the webhooks that it concerns: each as of the last. */
export function awaitedRuns(
  audience: Audience,
  recorded: readonly Materialization[],
  known: ReadonlyMap<string, KnownAsset>,
): AwaitedRun[] {
  const runs = new Map<string, AwaitedRun>()
  for (const { assetId, dagId, recordedAt } of recorded) {
    const asset = known.get(assetId)
    if (dagId === null || asset === undefined) continue
    for (const webhook of audience.of('DAG_RUN_INCOMPLETE', asset)) {
      const key = JSON.stringify([webhook.webhookId, dagId])
      if ((runs.get(key)?.recordedAt ?? recordedAt) > recordedAt) continue
      runs.set(key, awaited(webhook, dagId, recordedAt))
    }
  }
  return [...runs.values()]
}

function awaited(
  { webhookId, incompleteAfterMinutes }: Webhook,
  dagId: string,
  recordedAt: Date,
): AwaitedRun {
  return {
    webhookId,
    dagId,
    recordedAt,
    dueAt: new Date(recordedAt.getTime() + incompleteAfterMinutes * 60_000),
  }
}

async function planRuns(look: Look): Promise<Plan | null> {
  const { session, audience, state, now, most, isPassingOver } = look
  if (!audience.has('DAG_RUN_INCOMPLETE')) return null
  const due = await session.run<AwaitedRun & Record<string, unknown>>(DUE, [now, most])
  if (due.length === 0) return null
  const drafts = new Drafts(most === 1)
  const again: AwaitedRun[] = []
  for (const run of isPassingOver ? [] : due) {
    const webhook = audience.webhooks.find(({ webhookId }) => webhookId === run.webhookId)
    if (webhook?.events.includes('DAG_RUN_INCOMPLETE') !== true) continue
    const later = await draftRun(session, webhook, run, drafts)
    if (later !== null) again.push(awaited(webhook, run.dagId, later))
  }
  return {
    watermarks: state.watermarks,
    drafts: drafts.inOrder(),
    places: 0,
    write: (writing) => writeAwaited(writing, due, again),
    isFull: due.length === most,
    passedOver: isPassingOver
      ? due.map(({ webhookId, dagId }) => ({
          what: 'DAG_RUN_INCOMPLETE',
          assetId: null,
          id: `${webhookId} ${dagId}`,
        }))
      : [],
  }
}

/** When something of it was recorded that has not been read yet; null where its time has come. */
async function draftRun(
  session: Session,
  webhook: Webhook,
  { dagId, recordedAt, dueAt }: AwaitedRun,
  drafts: Drafts,
): Promise<Date | null> {
  const made = await findMadeInRun(session, dagId, null)
  const nodeTaskIds = [...new Set(made.map((one) => one.nodeTaskId))]
  const registered = await findRegisteredNodes(session, dagId, nodeTaskIds, true)
  const recorded = await session.run<{ assetId: string; recordedAt: Date }>(RECORDED, [dagId])
  const known = await findKnown(session, [
    ...recorded.map(({ assetId }) => assetId),
    ...registered.flatMap(({ assets }) => assets.map(({ assetId }) => assetId)),
  ])
  const last = recorded.reduce<Date | null>((latest, one) => {
    const asset = known.get(one.assetId)
    if (asset === undefined || !concerns(webhook, 'DAG_RUN_INCOMPLETE', asset)) return latest
    return latest === null || one.recordedAt > latest ? one.recordedAt : latest
  }, null)
  // By now it may be told of other assets.
  if (last === null) return null
  if (last > recordedAt) return last
  const nodes = statusesOf(dagId, ...shown(webhook, made, registered, known))
  const isIncomplete = nodes.some(({ missingRequiredAssets }) => missingRequiredAssets.length > 0)
  if (!isIncomplete) return null
  const payload = JSON.stringify(dagRunIncomplete(dagId, recordedAt, nodes, dueAt))
  drafts.add(draft(webhook, dagId, 'DAG_RUN_INCOMPLETE', payload))
  return null
}

type Made = Awaited<ReturnType<typeof findMadeInRun>>

/** As the webhook may see it: of a node of which it may see nothing, nothing else that is registered either. */
function shown(
  webhook: Webhook,
  made: Made,
  registered: readonly RegisteredNode[],
  known: ReadonlyMap<string, KnownAsset>,
): [Made, RegisteredNode[]] {
  if (webhook.namespaces === null) return [made, [...registered]]
  const isHidden = ({ assetId }: { assetId: string }) =>
    !maySee(webhook, assetIn(known, assetId)?.namespace ?? '')
  return [
    made.map((one) => ({ ...one, isHidden: isHidden(one) })),
    registered.map((node) => {
      const assets = node.assets.map((one) => ({ ...one, isHidden: isHidden(one) }))
      return assets.some((one) => !one.isHidden)
        ? { ...node, assets }
        : { ...node, assets, dagName: null, isHidden: true }
    }),
  ]
}

/** Forgets those that were due, and waits for others. */
export async function writeAwaited(
  session: Session,
  due: readonly AwaitedRun[],
  awaiting: readonly AwaitedRun[],
): Promise<void> {
  const order = (a: AwaitedRun, b: AwaitedRun) => (a.webhookId + a.dagId < b.webhookId + b.dagId ? -1 : 1)
  const gone = [...due].sort(order)
  if (gone.length > 0)
    await session.run(LET_GO, [gone.map(({ webhookId }) => webhookId), gone.map(({ dagId }) => dagId)])
  if (awaiting.length > 0) await session.run(AWAIT, [JSON.stringify([...awaiting].sort(order))])
}
