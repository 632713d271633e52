import type { Edge, Materialization } from '../../../lineage/entities.js'
import type { Watermark } from '../../../lineage/live/watermark.js'
import { encodeWatermark } from '../../../lineage/live/watermark.js'
import type { PassedOver } from '../../webhook-store.js'
import type { Session } from '../database.js'
import { type Feed, readFeed } from '../recorded-feed.js'
import { xmaxOf } from '../watermark.js'
import { draftChecks, type FailedCheck } from './check-drafts.js'
import { draftConsumers } from './consumer-drafts.js'
import { awaitedRuns, writeAwaited } from './dag-run-drafts.js'
import { Drafts } from './draft.js'
import { FEEDS, type FeedName } from './feeds.js'
import { findKnown } from './known-assets.js'
import { reach, reachedBy } from './stale-queue.js'
import { begun, type WebhookState } from './state.js'
import type { Look, Plan, Step } from './step.js'

/** How much may be read of a feed at once, where so much may be read of all: rows of some are large. */
const SHARE: Readonly<Record<FeedName, number>> = { recorded: 1, edges: 1, checks: 1, assertions: 0.1 }

/** What is new since the watermarks. */
interface News {
  recorded: Materialization[]
  checks: FailedCheck[]
  edges: (Edge & { transactionId: bigint })[]
  watermarks: Map<FeedName, Watermark>
  isFull: boolean
}

const NAMES = Object.keys(FEEDS) as FeedName[]

/** What has been recorded since it was looked last. */
export const NEWS: Step = {
  most: 500,
  plan: (look) => planNews(look, NAMES),
  parts: NAMES.map((name) => ({ plan: (look: Look) => planNews(look, [name]) })),
}

async function planNews(look: Look, names: readonly FeedName[]): Promise<Plan | null> {
  const { session, audience, state, now, most, isPassingOver } = look
  const { watermarks } = await begun(session, state, audience.webhooks)
  const news = await readNews(session, watermarks, names, most)
  const drafts = new Drafts(most === 1)
  if (!isPassingOver) {
    await draftChecks(session, audience, news.checks, drafts)
    await draftConsumers(session, audience, news.edges, now, drafts)
  }
  const { recorded, isFull } = news
  const reached = audience.has('ASSET_STALE') ? reachedBy(recorded, state.revision + 1n) : []
  const awaited = audience.has('DAG_RUN_INCOMPLETE')
    ? awaitedRuns(
        audience,
        recorded,
        await findKnown(
          session,
          recorded.map(({ assetId }) => assetId),
        ),
      )
    : []
  drafts.check(awaited.length)
  if (isSame(state.watermarks, news.watermarks)) return null
  return {
    watermarks: news.watermarks,
    drafts: drafts.inOrder(),
    places: reached.length,
    write: async (writing, firstPlace) => {
      await reach(writing, reached, firstPlace)
      await writeAwaited(writing, [], awaited)
    },
    isFull,
    passedOver: isPassingOver ? namesOf(news) : [],
  }
}

/** A row of a feed. */
type Row<Name extends FeedName> = Parameters<(typeof FEEDS)[Name]['idsOf']>[0]

async function readNews(
  session: Session,
  watermarks: WebhookState['watermarks'],
  names: readonly FeedName[],
  most: number,
): Promise<News> {
  const news: News = { recorded: [], checks: [], edges: [], watermarks: new Map(watermarks), isFull: false }
  const read = async <Name extends FeedName>(
    name: Name,
    take: (row: Row<Name>, by: { transactionId: bigint }) => void,
  ) => {
    const since = watermarks.get(name)
    if (since === undefined || !names.includes(name)) return
    const feed = FEEDS[name] as Feed<Row<Name>>
    const page = await readFeed(session, feed, since, xmaxOf, Math.ceil(most * SHARE[name]))
    for (const { row, place } of page.entries) take(row, { transactionId: place.transactionId })
    news.watermarks.set(name, page.watermark)
    news.isFull ||= page.isFull
  }
  await read('recorded', (row) => news.recorded.push(row))
  await read('edges', (row, by) => news.edges.push({ ...row, ...by }))
  await read('checks', ({ status, ...ref }, by) => {
    if (status === 'FAILED') news.checks.push({ ...ref, ...by })
  })
  await read('assertions', ({ assetId, checkedAt, failed }, by) => {
    for (const { checkId, ...said } of failed)
      news.checks.push({ assetId, checkId, asserted: { ...said, checkedAt }, ...by })
  })
  return news
}

function isSame(some: WebhookState['watermarks'], others: WebhookState['watermarks']): boolean {
  const textOf = (all: WebhookState['watermarks']) =>
    JSON.stringify([...all].map(([name, one]) => [name, encodeWatermark(one)]).sort())
  return textOf(some) === textOf(others)
}

/** What is recorded is not looked into here. */
function namesOf({ checks, edges }: News): PassedOver[] {
  return [
    ...checks.map(({ assetId, checkId }) => ({ what: 'CHECK_FAILED' as const, assetId, id: checkId })),
    ...edges.map(({ upstreamId, downstreamId }) => ({
      what: 'NEW_CONSUMER' as const,
      assetId: upstreamId,
      id: downstreamId,
    })),
  ]
}
