import type { Watermark } from '../../../lineage/live/watermark.js'
import { encodeWatermark, parseWatermark } from '../../../lineage/live/watermark.js'
import type { Webhook, WebhookEvent } from '../../../lineage/webhooks/webhook.js'
import type { Session } from '../database.js'
import { findLast } from '../recorded-feed.js'
import { unprepared } from '../statement.js'
import { FEEDS, type FeedName } from './feeds.js'

/** Up to where what is new has been looked at. */
export interface WebhookState {
  revision: bigint
  /** Another one whenever other webhooks are active, or active ones are told of other things. */
  generation: bigint
  /** Of the feeds that some webhook is told of. */
  watermarks: ReadonlyMap<FeedName, Watermark>
}

const FED_BY: Readonly<Record<WebhookEvent, readonly FeedName[]>> = {
  CHECK_FAILED: ['checks', 'assertions'],
  NEW_CONSUMER: ['edges'],
  ASSET_STALE: ['recorded'],
  DAG_RUN_INCOMPLETE: ['recorded'],
}

/** The feeds that tell of what webhooks are told. */
export function feedsOf(webhooks: readonly Webhook[]): FeedName[] {
  return [...new Set(webhooks.flatMap(({ events }) => events.flatMap((event) => FED_BY[event])))]
}

const STATE = `SELECT revision, generation, watermarks, written_by IS NOT NULL AS "isOwn" FROM webhook_state WHERE id = 1`

const READ = unprepared(STATE)

/** Unlike a row's lock it makes nobody wait who follows what is recorded. */
const LOCK = unprepared('LOCK TABLE webhook_state IN EXCLUSIVE MODE')

const HOLD = unprepared(`${STATE} FOR UPDATE`)

const CREATE = unprepared(
  `INSERT INTO webhook_state (id, revision, next_place, watermarks) VALUES (1, 0, 0, '{}') ON CONFLICT (id) DO NOTHING`,
)

const WRITE =
  unprepared(`UPDATE webhook_state SET revision = revision + 1, next_place = next_place + $2, watermarks = $3, generation = $4,
     written_by = pg_current_xact_id()
   WHERE id = 1 AND revision = $1 RETURNING next_place - $2 AS place`)

interface Row extends Record<string, unknown> {
  revision: bigint
  generation: bigint
  watermarks: Partial<Record<FeedName, string>>
  isOwn: boolean
}

/** Up to where what is new has been looked at. */
export async function readState(session: Session): Promise<WebhookState> {
  const [row] = await session.run<Row>(READ, [])
  return stateOf(row)
}

/** For the rest of the transaction nobody else changes it, nor which webhooks there are. */
export async function holdState(session: Session): Promise<WebhookState> {
  await session.run(CREATE, [])
  const [row] = await session.run<Row>(HOLD, [])
  return stateOf(row)
}

/** Until the transaction ends nobody else changes up to where was looked, nor which webhooks there are. */
export async function lockState(session: Session): Promise<void> {
  await session.run(LOCK, [])
  await session.run(CREATE, [])
}

/** What another database was restored from means nothing here: everything is looked at from now on. */
function stateOf(row: Row | undefined): WebhookState {
  const known = row?.isOwn === true ? Object.entries(row.watermarks) : []
  return {
    revision: row?.revision ?? 0n,
    generation: row?.generation ?? 0n,
    watermarks: new Map(known.map(([name, text]) => [name as FeedName, parseWatermark(name, text)])),
  }
}

/** The first of `count` places; null where somebody else has written meanwhile. */
export async function writeState(
  session: Session,
  { revision, generation, watermarks }: WebhookState,
  count: number,
): Promise<bigint | null> {
  const encoded = Object.fromEntries([...watermarks].map(([name, one]) => [name, encodeWatermark(one)]))
  const [row] = await session.run<{ place: bigint }>(WRITE, [
    String(revision),
    count,
    JSON.stringify(encoded),
    String(generation),
  ])
  return row?.place ?? null
}

const TAKE = unprepared(
  'UPDATE webhook_state SET next_place = next_place + 1 WHERE id = 1 RETURNING next_place - 1 AS place',
)

/** A place behind all others, where the state is held: who is looking at what is new does not mind. */
export async function takePlace(session: Session): Promise<bigint> {
  const [row] = await session.run<{ place: bigint }>(TAKE, [])
  if (row === undefined) throw new Error('there is no state of webhooks, though it is held')
  return row.place
}

/** Of the feeds that these webhooks are told of: those that were not looked at begin now, others are let go of. */
export async function begun(
  session: Session,
  { watermarks, ...state }: WebhookState,
  webhooks: readonly Webhook[],
): Promise<WebhookState> {
  const known = new Map<FeedName, Watermark>()
  for (const name of feedsOf(webhooks))
    known.set(name, watermarks.get(name) ?? (await findLast(session, FEEDS[name])))
  return { ...state, watermarks: known }
}
