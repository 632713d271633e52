import type { Materialization, MaterializationRef } from '../../lineage/entities.js'
import {
  advanced,
  openFrom,
  type RecordedPlace,
  singles,
  spansOf,
  type Watermark,
} from '../../lineage/live/watermark.js'
import type { Session } from './database.js'
import { MATERIALIZATION_COLUMNS } from './rows.js'
import { type Statement, statement } from './statement.js'
import { readSnapshot, type Snapshot, underWayIn, xmaxOf } from './watermark.js'

/** A row of a feed, and everything written up to it. */
export interface FeedEntry<Row> {
  row: Row
  place: RecordedPlace
  watermark: Watermark
}

/** A stretch of a feed. */
export interface FeedPage<Row> {
  entries: FeedEntry<Row>[]
  /** Of all that has been read, and of nothing else. */
  watermark: Watermark
  /** Whether there may be more that can be read now. */
  isFull: boolean
}

/** Which transactions a page is of: those below `until`, by what a snapshot says. */
export type Until = (snapshot: Snapshot) => bigint

/** The rows of a table that say which transaction has written them, in the order of transactions. */
export interface Feed<Row> {
  since: Statement
  last: Statement
  /** What orders the rows of a transaction: two ids. */
  idsOf(row: Row): MaterializationRef
}

/**
 * `made`: makes a statement of it; `table`: named `m` in `columns`, and in `ids`, the two that order the rows of a
 * transaction.
 */
export function feedOf<Row>(
  made: (what: string, text: string) => Statement,
  table: string,
  columns: string,
  [id, assetId]: readonly [string, string],
  idsOf: (row: Row) => MaterializationRef,
): Feed<Row> {
  const selected = `${columns}, m.transaction_id::text AS "transactionId"`
  return {
    // What was written by transactions with ids from $1 on and below $2, behind a place.
    since: made(
      'since',
      `SELECT ${selected} FROM ${table} m
   WHERE m.transaction_id >= $1::xid8 AND m.transaction_id < $2::xid8
     AND (m.transaction_id <> $3 OR (${id}, ${assetId}) > ($4::uuid, $5::uuid))
   ORDER BY m.transaction_id, ${id}, ${assetId} LIMIT $6`,
    ),
    // One more than the greatest id, below $1, of a transaction that has written something.
    last: made(
      'last',
      `SELECT (COALESCE(max(transaction_id), '0')::text::numeric + 1)::text AS next
   FROM ${table} WHERE transaction_id < $1::xid8`,
    ),
    idsOf,
  }
}

/** Materializations as they were last written. */
export const RECORDED = feedOf<Materialization>(
  (what, text) => statement(`recorded ${what}`, text),
  'materialization',
  MATERIALIZATION_COLUMNS,
  ['m.id', 'm.asset_id'],
  (row) => row,
)

/** A materialization as it was last written, and everything recorded up to it. */
export interface Recorded {
  materialization: Materialization
  place: RecordedPlace
  watermark: Watermark
}

/** A stretch of all that is recorded. */
export interface RecordedPage {
  recorded: Recorded[]
  /** Of all that has been read, and of nothing else. */
  watermark: Watermark
  /** Whether there may be more that can be read now. */
  isFull: boolean
}

/** See readFeed. */
export async function readRecorded(
  session: Session,
  since: Watermark,
  until: Until,
  most: number,
): Promise<RecordedPage> {
  const { entries, ...page } = await readFeed(session, RECORDED, since, until, most)
  return { ...page, recorded: entries.map(({ row, ...entry }) => ({ materialization: row, ...entry })) }
}

/** So many spans of what was open are read at once: as a rule there is none, or one. */
const MOST_SPANS = 50

/** No transaction has this id: PostgreSQL counts from 3. */
const NOWHERE: RecordedPlace = {
  transactionId: 0n,
  materializationId: '00000000-0000-0000-0000-000000000000',
  assetId: '00000000-0000-0000-0000-000000000000',
}

/**
 * What has been written since a watermark and can be seen by now: first of transactions that were open then, then in
 * the order of transactions; `most` at most. To be called in a transaction that reads one state.
 *
 * A watermark goes no further than the last row that was read, never as far as PostgreSQL has counted: after
 * a crash it gives out the ids of transactions once more of which nothing has been written.
 */
export async function readFeed<Row>(
  session: Session,
  feed: Feed<Row>,
  since: Watermark,
  until: Until,
  most: number,
): Promise<FeedPage<Row>> {
  const snapshot = await readSnapshot(session)
  const underWay = underWayIn(snapshot)
  const reading = new Reading(feed, since, underWay)
  // A transaction that has been read in part is read to its end before others.
  const isPartOfNext = since.within !== null && since.within.transactionId >= since.next
  for (const [at, [from, to]] of (isPartOfNext ? [] : since.open).entries()) {
    if (at === MOST_SPANS) return reading.page(true)
    if (!(await readInto(reading, session, from, to + 1n, most))) return reading.page(true)
    reading.settle(to + 1n)
  }
  const { next } = reading.watermark
  const bound = until(snapshot)
  if (bound <= next) return reading.page(false)
  const isWhole = await readInto(reading, session, next, bound, most)
  if (isWhole) reading.complete()
  return reading.page(!isWhole)
}

/** Whether that is all; `most`: of the whole page. */
async function readInto<Row>(
  reading: Reading<Row>,
  session: Session,
  from: bigint,
  bound: bigint,
  most: number,
): Promise<boolean> {
  const left = most - reading.length
  if (left === 0) return false
  const { transactionId, materializationId, assetId } = reading.watermark.within ?? NOWHERE
  const values = [from, bound, transactionId].map(String)
  const rows = await session.run<Stamped<Row>>(reading.feed.since, [
    ...values,
    materializationId,
    assetId,
    left,
  ])
  reading.add(rows, rows.length === left)
  return rows.length < left
}

type Stamped<Row> = Row & { transactionId: string } & Record<string, unknown>

/** Goes on from one watermark to the next. */
class Reading<Row> {
  readonly #entries: FeedEntry<Row>[] = []

  constructor(
    readonly feed: Feed<Row>,
    public watermark: Watermark,
    private readonly underWay: readonly bigint[],
  ) {}

  /** In order; `areCut`: whether there may be more of the last transaction. */
  add(rows: readonly Stamped<Row>[], areCut: boolean): void {
    for (const [at, { transactionId, ...rest }] of rows.entries()) {
      const row = rest as unknown as Row
      const { assetId, materializationId } = this.feed.idsOf(row)
      const place = { transactionId: BigInt(transactionId), materializationId, assetId }
      const following = rows[at + 1]
      const isLast = following === undefined ? !areCut : following.transactionId !== transactionId
      this.watermark = advanced(this.watermark, place, isLast, this.underWay)
      this.#entries.push({ row, place, watermark: this.watermark })
    }
  }

  get length(): number {
    return this.#entries.length
  }

  /** What was open below an id, and has ended by now, has been read. */
  settle(id: bigint): void {
    const { next, open } = this.watermark
    this.watermark = { next, open: openFrom(id, open, this.underWay), within: null }
  }

  /** What was begun has been read to its end: of what has been committed nothing follows later. */
  complete(): void {
    const { next, open, within } = this.watermark
    if (within !== null && within.transactionId >= next)
      this.watermark = { next: within.transactionId + 1n, open, within: null }
  }

  page(isFull: boolean): FeedPage<Row> {
    return { entries: this.#entries, watermark: this.watermark, isFull }
  }
}

/** Everything that is recorded by now, and no more: what is recorded from here on comes behind it. */
export function findLastRecorded(session: Session): Promise<Watermark> {
  return findLast(session, RECORDED)
}

/** The same of whatever feed. */
export async function findLast(session: Session, feed: Pick<Feed<unknown>, 'last'>): Promise<Watermark> {
  const snapshot = await readSnapshot(session)
  const [row] = await session.run<{ next: string }>(feed.last, [String(xmaxOf(snapshot))])
  const next = BigInt(row?.next ?? 0)
  return { next, open: spansOf(singles(underWayIn(snapshot).filter((id) => id < next))), within: null }
}
