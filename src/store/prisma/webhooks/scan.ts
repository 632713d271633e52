import type { Edge, Materialization } from '../../../lineage/entities.js'
import type { Watermark } from '../../../lineage/live/watermark.js'
import { encodeWatermark } from '../../../lineage/live/watermark.js'
import type { Webhook } from '../../../lineage/webhooks/webhook.js'
import type { DeliveryKey, Scanned } from '../../webhook-store.js'
import type { Database, Session } from '../database.js'
import { type Feed, readFeed } from '../recorded-feed.js'
import type { FindUpstream } from '../slice-reader.js'
import { unprepared } from '../statement.js'
import { xmaxOf } from '../watermark.js'
import { draftChecks, type FailedCheck } from './check-drafts.js'
import { draftConsumers } from './consumer-drafts.js'
import { type AwaitedRun, awaitedRuns, draftDagRuns, writeAwaited } from './dag-run-drafts.js'
import { type Draft, inOrder, insertDrafts } from './draft.js'
import { FEEDS, type FeedName } from './feeds.js'
import { findKnown } from './known-assets.js'
import { draftStale, type Turned, writeTurned } from './stale-drafts.js'
import { begun, readState, type WebhookState, writeState } from './state.js'
import { findActive } from './webhook-queries.js'

/** The most that is read of a feed at once. */
const PAGE = 500

const LOCK = 4_837_261

/** One server looks at a time: two would do the same, and one of them in vain. */
const TRY_LOCK = unprepared('SELECT pg_try_advisory_xact_lock($1::bigint) AS "isMine"')

/** What is new since the watermarks. */
interface News {
  recorded: Materialization[]
  checks: FailedCheck[]
  edges: (Edge & { transactionId: bigint })[]
  watermarks: ReadonlyMap<FeedName, Watermark>
  isFull: boolean
}

/** What follows from what is new. */
interface Plan {
  before: WebhookState
  after: WebhookState
  drafts: readonly Draft[]
  turned: Turned
  due: readonly AwaitedRun[]
  awaited: readonly AwaitedRun[]
  isFull: boolean
}

/**
 * Looks at what is new in one state of the database, and writes in one short transaction what webhooks are to be told of
 * it, with the watermarks up to which it has looked. Whoever has looked meanwhile, or has changed which webhooks there are,
 * is ahead: nothing is written then. Null where somebody else is looking.
 */
export async function scan(
  database: Database,
  findUpstream: FindUpstream,
  now: Date,
  expiresAt: Date,
): Promise<Scanned | null> {
  const plan = await database.snapshot(async (session) => {
    const [row] = await session.run<{ isMine: boolean }>(TRY_LOCK, [LOCK])
    return row?.isMine === true ? plannedIn(session, findUpstream, now) : null
  })
  if (plan === null) return null
  const { drafts, isFull } = plan
  if (!(await write(database, plan, now, expiresAt))) return { keys: [], isFull: true }
  return { keys: keysOf(drafts), isFull }
}

async function plannedIn(session: Session, findUpstream: FindUpstream, now: Date): Promise<Plan> {
  const webhooks = await findActive(session)
  const before = await readState(session)
  const { watermarks } = await begun(session, before, webhooks)
  const news = await readNews(session, watermarks)
  const { recorded, isFull } = news
  const recordedIds = recorded.map(({ assetId }) => assetId)
  const checks = await draftChecks(session, webhooks, news.checks)
  const consumers = await draftConsumers(session, webhooks, news.edges, now)
  const { drafts: stale, turned } = await draftStale(session, findUpstream, webhooks, recordedIds, now)
  const isAwaiting = webhooks.some(({ events }) => events.includes('DAG_RUN_INCOMPLETE'))
  const awaited = isAwaiting ? awaitedRuns(webhooks, recorded, await findKnown(session, recordedIds)) : []
  // Of a run that is due something may have been recorded that has not been read yet.
  const { drafts: ofRuns, due } =
    isFull || !isAwaiting ? { drafts: [], due: [] } : await dueRuns(session, webhooks, awaited, now)
  return {
    before,
    after: { revision: before.revision, watermarks: news.watermarks },
    drafts: inOrder([...checks, ...consumers, ...stale, ...ofRuns]),
    turned,
    due,
    awaited,
    isFull,
  }
}

/** But for those of which something was recorded again. */
async function dueRuns(
  session: Session,
  webhooks: readonly Webhook[],
  awaited: readonly AwaitedRun[],
  now: Date,
): Promise<{ drafts: readonly Draft[]; due: readonly AwaitedRun[] }> {
  const { drafts, due } = await draftDagRuns(session, webhooks, now)
  const again = new Set(awaited.map(({ webhookId, dagId }) => webhookId + dagId))
  return { due, drafts: drafts.filter(({ webhookId, orderingKey }) => !again.has(webhookId + orderingKey)) }
}

/** A row of a feed. */
type Row<Name extends FeedName> = Parameters<(typeof FEEDS)[Name]['idsOf']>[0]

async function readNews(session: Session, watermarks: ReadonlyMap<FeedName, Watermark>): Promise<News> {
  const news = { recorded: [] as Materialization[], checks: [] as FailedCheck[], edges: [] as News['edges'] }
  const reached = new Map<FeedName, Watermark>()
  let isFull = false
  const read = async <Name extends FeedName>(
    name: Name,
    take: (row: Row<Name>, by: { transactionId: bigint }) => void,
  ) => {
    const since = watermarks.get(name)
    if (since === undefined) return
    const feed = FEEDS[name] as Feed<Row<Name>>
    const page = await readFeed(session, feed, since, xmaxOf, PAGE)
    for (const { row, place } of page.entries) take(row, { transactionId: place.transactionId })
    reached.set(name, page.watermark)
    isFull ||= page.isFull
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
  return { ...news, watermarks: reached, isFull }
}

/** False where somebody else was ahead. */
async function write(database: Database, plan: Plan, now: Date, expiresAt: Date): Promise<boolean> {
  const { before, after, drafts, turned, due, awaited } = plan
  if (drafts.length + due.length + awaited.length === 0 && isSame(before.watermarks, after.watermarks)) {
    return true
  }
  return database.transaction(async (session) => {
    const place = await writeState(session, after, drafts.length)
    if (place === null) return false
    await insertDrafts(session, drafts, place, now, expiresAt)
    await writeTurned(session, turned)
    await writeAwaited(session, due, awaited)
    return true
  })
}

function isSame(some: ReadonlyMap<FeedName, Watermark>, others: ReadonlyMap<FeedName, Watermark>): boolean {
  const textOf = (all: ReadonlyMap<FeedName, Watermark>) =>
    JSON.stringify([...all].map(([name, one]) => [name, encodeWatermark(one)]).sort())
  return textOf(some) === textOf(others)
}

function keysOf(drafts: readonly Draft[]): DeliveryKey[] {
  const keys = drafts.map(({ webhookId, orderingKey }) => ({ webhookId, orderingKey }))
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()]
}
