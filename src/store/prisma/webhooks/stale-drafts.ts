import { type Staleness, stalenessOf, statusesOf } from '../../../lineage/staleness/staleness.js'
import { Pace } from '../../../lineage/walk/pace.js'
import type { KnownAsset } from '../../../lineage/webhooks/concerns.js'
import { assetStale } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { SqlSliceReader } from '../slice-reader.js'
import { unprepared } from '../statement.js'
import { Drafts, draft } from './draft.js'
import { assetIn, findKnown } from './known-assets.js'
import {
  findBehind,
  findNext,
  findOver,
  goOn,
  MOST_TIDIED,
  placesOf,
  type StaleCheck,
  tidy,
} from './stale-queue.js'
import type { Look, Plan, Step } from './step.js'

/** Who has been told of these that they are stale. */
const TOLD = unprepared(
  'SELECT asset_id AS "assetId", webhook_id AS "webhookId" FROM webhook_told_stale WHERE asset_id = ANY($1::uuid[])',
)

const ADD_TOLD = unprepared(`INSERT INTO webhook_told_stale (asset_id, webhook_id)
   SELECT asset_id, webhook_id FROM unnest($1::uuid[], $2::uuid[]) AS r(asset_id, webhook_id)
   ON CONFLICT (asset_id, webhook_id) DO NOTHING`)

const DROP_TOLD = unprepared('DELETE FROM webhook_told_stale WHERE asset_id = ANY($1::uuid[])')

/** What is downstream of what was recorded: looked at in pieces, until all has been. */
export const STALE: Step = { most: 500, plan: planStale, parts: [{ plan: planStale }] }

async function planStale(look: Look): Promise<Plan | null> {
  const { session, audience, state, most, isPassingOver } = look
  if (!audience.has('ASSET_STALE')) return null
  const [next, over] = await Promise.all([findNext(session, most), findOver(session)])
  if (next.length + over.length === 0) return null
  const unseen = next.filter(({ after }) => after === null)
  const { drafts, told, fresh } = isPassingOver ? NOTHING : await judge(look, unseen)
  const behind = next.length === 0 ? null : await findBehind(session, next)
  return {
    watermarks: state.watermarks,
    drafts,
    places: behind === null ? 0 : placesOf(behind),
    write: async (writing, firstPlace) => {
      await writeTold(writing, told, fresh)
      if (behind !== null) await goOn(writing, behind, firstPlace)
      await tidy(writing, over)
    },
    isFull: next.length > 0 || over.length === MOST_TIDIED,
    passedOver: isPassingOver
      ? unseen.map(({ assetId }) => ({ what: 'ASSET_STALE', assetId, id: null }))
      : [],
  }
}

/** Who is told now that an asset is stale. */
interface Told {
  assetId: string
  known: KnownAsset
  since: Date
  webhooks: readonly Webhook[]
}

/** What has come of looking at some. */
interface Judged {
  drafts: Plan['drafts']
  told: readonly Told[]
  fresh: readonly string[]
}

const NOTHING: Judged = { drafts: [], told: [], fresh: [] }

/** Throws QUERY_TOO_COMPLEX, and TooMuchAtOnce. */
async function judge(
  { session, findUpstream, audience, most }: Look,
  checks: readonly StaleCheck[],
): Promise<Judged> {
  const known = await findKnown(
    session,
    checks.map(({ assetId }) => assetId),
  )
  const wanted = checks.flatMap(({ assetId, since }): Told[] => {
    const one = known.get(assetId)
    if (one === undefined || one.asset.retiredAt !== null) return []
    const webhooks = audience.of('ASSET_STALE', one)
    return webhooks.length === 0 ? [] : [{ assetId, known: one, since, webhooks }]
  })
  if (wanted.length === 0) return NOTHING
  const ids = wanted.map(({ assetId }) => assetId)
  const reader = new SqlSliceReader(session, findUpstream, null)
  const statuses = await statusesOf(reader, ids, new Pace(NO_LIMIT))
  const isTold = await findTold(session, ids)
  const told = wanted.flatMap((one, at) => {
    const webhooks = one.webhooks.filter(({ webhookId }) => !isTold(one.assetId, webhookId))
    return statuses[at] === 'STALE' && webhooks.length > 0 ? [{ ...one, webhooks }] : []
  })
  const causes = await stalenessOf(
    reader,
    told.map(({ assetId }) => ({ assetId, partitionKey: null })),
  )
  const drafts = await draftStale(session, told, causes, new Drafts(most === 1))
  return { drafts, told, fresh: ids.filter((_id, at) => statuses[at] !== 'STALE') }
}

const NO_LIMIT = { check: () => undefined }

async function findTold(session: Session, assetIds: readonly string[]) {
  const rows = await session.run<{ assetId: string; webhookId: string }>(TOLD, [assetIds])
  const told = new Set(rows.map(({ assetId, webhookId }) => assetId + webhookId))
  return (assetId: string, webhookId: string) => told.has(assetId + webhookId)
}

async function draftStale(
  session: Session,
  told: readonly Told[],
  causes: readonly Staleness[],
  drafts: Drafts,
): Promise<Plan['drafts']> {
  const upstreamIds = causes.flatMap(({ rootCauses }) => rootCauses.map(({ upstreamId }) => upstreamId))
  const upstream = await findKnown(session, upstreamIds)
  for (const [at, { assetId, known, since, webhooks }] of told.entries())
    for (const webhook of webhooks) {
      const because = causes[at] ?? { rootCauses: [] }
      const payload = assetStale(webhook, known.asset, because, (id) => assetIn(upstream, id), since)
      drafts.add(draft(webhook, assetId, 'ASSET_STALE', JSON.stringify(payload)))
    }
  return drafts.inOrder()
}

/** Remembers who has been told of what, until it is fresh. */
async function writeTold(session: Session, told: readonly Told[], fresh: readonly string[]): Promise<void> {
  const rows = told
    .flatMap(({ assetId, webhooks }) => webhooks.map(({ webhookId }) => ({ assetId, webhookId })))
    .sort((a, b) => (a.assetId + a.webhookId < b.assetId + b.webhookId ? -1 : 1))
  if (rows.length > 0)
    await session.run(ADD_TOLD, [rows.map(({ assetId }) => assetId), rows.map(({ webhookId }) => webhookId)])
  if (fresh.length > 0) await session.run(DROP_TOLD, [[...fresh].sort()])
}
