import { HeadwaterError } from '../../../errors/headwater-error.js'
import { type Staleness, stalenessOf, statusesOf } from '../../../lineage/staleness/staleness.js'
import { Pace } from '../../../lineage/walk/pace.js'
import { concerns } from '../../../lineage/webhooks/concerns.js'
import { assetStale } from '../../../lineage/webhooks/payloads.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { type FindUpstream, SqlSliceReader } from '../slice-reader.js'
import { unprepared } from '../statement.js'
import { type Draft, draft } from './draft.js'
import { assetIn, findKnown } from './known-assets.js'

/** What is further down than so many assets is not looked at. */
const MOST_DOWNSTREAM = 10_000
/** How many are judged at once. */
const BATCH = 500

/** These, and all that was made from them: the nearest first. */
const DOWNSTREAM = unprepared(`WITH RECURSIVE d(id) AS (
     SELECT unnest($1::uuid[]) UNION SELECT e.downstream_id FROM d JOIN lineage_edge e ON e.upstream_id = d.id
   ) SELECT id AS "assetId" FROM d LIMIT ${MOST_DOWNSTREAM}`)

const KNOWN_STALE = unprepared(
  'SELECT asset_id AS "assetId" FROM webhook_stale_asset WHERE asset_id = ANY($1::uuid[])',
)

const ADD_STALE = unprepared(
  'INSERT INTO webhook_stale_asset (asset_id) SELECT unnest($1::uuid[]) ON CONFLICT (asset_id) DO NOTHING',
)

const DROP_STALE = unprepared('DELETE FROM webhook_stale_asset WHERE asset_id = ANY($1::uuid[])')

/** Assets that have come to be stale, or fresh, since they were looked at last. */
export interface Turned {
  stale: readonly string[]
  fresh: readonly string[]
}

/** What webhooks are to be told of what has become stale by what was recorded, and of what is to be remembered. */
export async function draftStale(
  session: Session,
  findUpstream: FindUpstream,
  webhooks: readonly Webhook[],
  recordedIds: readonly string[],
  now: Date,
): Promise<{ drafts: Draft[]; turned: Turned }> {
  const told = webhooks.filter(({ events }) => events.includes('ASSET_STALE'))
  if (told.length === 0 || recordedIds.length === 0) return { drafts: [], turned: { stale: [], fresh: [] } }
  const rows = await session.run<{ assetId: string }>(DOWNSTREAM, [[...new Set(recordedIds)]])
  const near = await findKnown(
    session,
    rows.map(({ assetId }) => assetId),
  )
  const wanted = [...near].filter(
    ([, one]) =>
      one.asset.retiredAt === null && told.some((webhook) => concerns(webhook, 'ASSET_STALE', one)),
  )
  const reader = new SqlSliceReader(session, findUpstream, null)
  const ids = wanted.map(([assetId]) => assetId)
  const known = new Set(
    (await session.run<{ assetId: string }>(KNOWN_STALE, [ids])).map(({ assetId }) => assetId),
  )
  const turned = { stale: [] as string[], fresh: [] as string[] }
  const causes = new Map<string, Staleness>()
  for (let at = 0; at < ids.length; at += BATCH) {
    const some = ids.slice(at, at + BATCH)
    const statuses = await judged(() => statusesOf(reader, some, new Pace(NO_LIMIT)))
    if (statuses === null) continue
    const isStale = (place: number) => statuses[place] === 'STALE'
    turned.fresh.push(...some.filter((id, place) => !isStale(place) && known.has(id)))
    const stale = some.filter((id, place) => isStale(place) && !known.has(id))
    turned.stale.push(...stale)
    const targets = stale.map((assetId) => ({ assetId, partitionKey: null }))
    const found = targets.length === 0 ? [] : ((await judged(() => stalenessOf(reader, targets))) ?? [])
    for (const [place, id] of stale.entries()) causes.set(id, found[place] ?? NO_CAUSES)
  }
  const upstream = await findKnown(
    session,
    [...causes.values()].flatMap(({ rootCauses }) => rootCauses.map(({ upstreamId }) => upstreamId)),
  )
  const drafts = turned.stale.flatMap((assetId) => {
    const one = near.get(assetId)
    if (one === undefined) return []
    return told
      .filter((webhook) => concerns(webhook, 'ASSET_STALE', one))
      .map((webhook) => {
        const because = causes.get(assetId) ?? NO_CAUSES
        const payload = assetStale(webhook, one.asset, because, (id) => assetIn(upstream, id), now)
        return draft(webhook, assetId, 'ASSET_STALE', payload)
      })
  })
  return { drafts, turned }
}

const NO_LIMIT = { check: () => undefined }
const NO_CAUSES: Staleness = {
  status: 'STALE',
  causes: [],
  rootCauses: [],
  hiddenCauses: 0,
  hiddenRootCauses: 0,
}

/** Null of what is made from more than can be looked at: all else goes on. */
async function judged<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HeadwaterError && error.code === 'QUERY_TOO_COMPLEX') return null
    throw error
  }
}

/** Remembers them. */
export async function writeTurned(session: Session, { stale, fresh }: Turned): Promise<void> {
  if (stale.length > 0) await session.run(ADD_STALE, [[...stale].sort()])
  if (fresh.length > 0) await session.run(DROP_STALE, [[...fresh].sort()])
}
