import type { Materialization } from '../../../lineage/entities.js'
import type { Session } from '../database.js'
import { unprepared } from '../statement.js'

/** So many are taken away at once of those that are done. */
export const MOST_TIDIED = 5_000
/** So many are added at once, about. */
const MOST_REACHED = 5_000
/** Of each at least so many of what was made from it, however many go on at once. */
const FEWEST_REACHED = 10

/** An asset that is to be looked at, as it is in the queue. */
export interface StaleCheck {
  assetId: string
  /** Of what was recorded: who is reached by a later one need not be looked at again for an earlier one. */
  turn: bigint
  /** When that was. */
  since: Date
  /** It has been looked at; what was made from it is in the queue up to here. */
  after: string | null
}

/** An asset that what was recorded has come to. */
type Reached = Omit<StaleCheck, 'after'>

const NEXT = unprepared(`SELECT asset_id AS "assetId", turn, since, after FROM webhook_stale_check
   WHERE NOT is_done ORDER BY place LIMIT $1::int`)

/** Of each the next $3 that were made from it. */
const DOWNSTREAM = unprepared(`SELECT r.asset_id AS "assetId", ARRAY(
     SELECT e.downstream_id FROM lineage_edge e
     WHERE e.upstream_id = r.asset_id AND (r.after IS NULL OR e.downstream_id > r.after)
     ORDER BY e.downstream_id LIMIT $3::int) AS "downstreamIds"
   FROM unnest($1::uuid[], $2::uuid[]) AS r(asset_id, after)`)

const REACH = unprepared(`INSERT INTO webhook_stale_check AS c (asset_id, turn, place, is_done, since)
   SELECT asset_id, turn, $4::bigint + n, false, since
   FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) WITH ORDINALITY AS r(asset_id, turn, since, n)
   ON CONFLICT (asset_id) DO UPDATE SET is_done = false,
     turn = CASE WHEN c.is_done OR c.after IS NULL THEN excluded.turn ELSE c.turn END,
     again = CASE WHEN c.is_done OR c.after IS NULL THEN NULL ELSE excluded.turn END,
     place = CASE WHEN c.is_done THEN excluded.place ELSE c.place END,
     since = CASE WHEN c.is_done THEN excluded.since ELSE LEAST(c.since, excluded.since) END
   WHERE GREATEST(c.turn, c.again) < excluded.turn`)

/** What was made from them is behind them. Those that were reached again on their way begin again, behind all others. */
const DONE =
  unprepared(`UPDATE webhook_stale_check c SET is_done = c.again IS NULL, turn = COALESCE(c.again, c.turn),
     place = CASE WHEN c.again IS NULL THEN c.place ELSE $3::bigint + n END, after = NULL, again = NULL
   FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS r(asset_id, turn, n)
   WHERE c.asset_id = r.asset_id AND c.turn = r.turn`)

/** Others come first, then the rest of what was made from it. */
const LATER = unprepared(`UPDATE webhook_stale_check c SET after = r.after, place = $4::bigint + n
   FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) WITH ORDINALITY AS r(asset_id, turn, after, n)
   WHERE c.asset_id = r.asset_id AND c.turn = r.turn`)

/** Whoever is still under way is of a later turn: nobody comes here again. */
const OVER = unprepared(`SELECT asset_id AS "assetId" FROM webhook_stale_check
   WHERE is_done AND turn < COALESCE((SELECT min(turn) FROM webhook_stale_check WHERE NOT is_done), 9223372036854775807)
   ORDER BY turn LIMIT ${MOST_TIDIED}`)

const TIDY = unprepared('DELETE FROM webhook_stale_check WHERE asset_id = ANY($1::uuid[]) AND is_done')

/** What is recorded, each asset once, since the first of what was recorded of it. */
export function reachedBy(recorded: readonly Materialization[], turn: bigint): Reached[] {
  return eachOnce(recorded.map(({ assetId, recordedAt }) => ({ assetId, turn, since: recordedAt })))
}

/** Those whose turn it is, first come, first served. */
export function findNext(session: Session, most: number): Promise<StaleCheck[]> {
  return session.run<StaleCheck & Record<string, unknown>>(NEXT, [most])
}

/** Those that need not be remembered any more. */
export async function findOver(session: Session): Promise<string[]> {
  return (await session.run<{ assetId: string }>(OVER, [])).map(({ assetId }) => assetId)
}

/** What comes behind some that have been looked at. */
export interface Behind {
  reached: readonly Reached[]
  /** All behind them has been reached. */
  done: readonly StaleCheck[]
  /** There may be more: they go on behind `after`. */
  later: readonly StaleCheck[]
}

/** What was made from these. */
export async function findBehind(session: Session, checks: readonly StaleCheck[]): Promise<Behind> {
  const each = Math.max(FEWEST_REACHED, Math.floor(MOST_REACHED / checks.length))
  const rows = await session.run<{ assetId: string; downstreamIds: string[] }>(DOWNSTREAM, [
    checks.map(({ assetId }) => assetId),
    checks.map(({ after }) => after),
    each,
  ])
  const found = new Map(rows.map(({ assetId, downstreamIds }) => [assetId, downstreamIds]))
  const idsOf = ({ assetId }: StaleCheck) => found.get(assetId) ?? []
  const isWhole = (check: StaleCheck) => idsOf(check).length < each
  return {
    reached: eachOnce(checks.flatMap((check) => idsOf(check).map((assetId) => ({ ...check, assetId })))),
    done: checks.filter(isWhole),
    later: checks
      .filter((check) => !isWhole(check))
      .map((check) => ({ ...check, after: idsOf(check).at(-1) ?? null })),
  }
}

/** So many places are taken by that. */
export function placesOf({ reached, done, later }: Behind): number {
  return reached.length + done.length + later.length
}

/** Goes on to what is behind. */
export async function goOn(
  session: Session,
  { reached, done, later }: Behind,
  firstPlace: bigint,
): Promise<void> {
  await reach(session, reached, firstPlace)
  const ofLater = firstPlace + BigInt(reached.length)
  if (later.length > 0)
    await session.run(LATER, [...columnsOf(later), later.map(({ after }) => after), String(ofLater - 1n)])
  const ofDone = ofLater + BigInt(later.length)
  if (done.length > 0) await session.run(DONE, [...columnsOf(done), String(ofDone - 1n)])
}

/** They are to be looked at, from a place on. */
export async function reach(
  session: Session,
  reached: readonly Reached[],
  firstPlace: bigint,
): Promise<void> {
  if (reached.length === 0) return
  await session.run(REACH, [
    ...columnsOf(reached),
    reached.map(({ since }) => since),
    String(firstPlace - 1n),
  ])
}

/** Forgets them, where nobody has come to them again meanwhile. */
export async function tidy(session: Session, assetIds: readonly string[]): Promise<void> {
  if (assetIds.length > 0) await session.run(TIDY, [assetIds])
}

const columnsOf = (all: readonly Pick<StaleCheck, 'assetId' | 'turn'>[]) =>
  [all.map(({ assetId }) => assetId), all.map(({ turn }) => String(turn))] as const

/** In the order of their ids: the latest turn, and the earliest time. */
function eachOnce(all: readonly Reached[]): Reached[] {
  const once = new Map<string, Reached>()
  for (const { assetId, turn, since } of all) {
    const other = once.get(assetId)
    once.set(assetId, {
      assetId,
      turn: other !== undefined && other.turn > turn ? other.turn : turn,
      since: other !== undefined && other.since < since ? other.since : since,
    })
  }
  return [...once.values()].sort((a, b) => (a.assetId < b.assetId ? -1 : 1))
}
