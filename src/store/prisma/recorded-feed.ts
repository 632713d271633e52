import type { Materialization } from '../../lineage/entities.js'
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
import { statement } from './statement.js'
import { readSnapshot, type Snapshot, underWayIn, xmaxOf } from './watermark.js'

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

/** Which transactions a page is of: those below `until`, by what a snapshot says. */
export type Until = (snapshot: Snapshot) => bigint

interface Row extends Materialization {
  transactionId: string
}

const COLUMNS = `${MATERIALIZATION_COLUMNS}, m.transaction_id::text AS "transactionId"`
const IS_BEHIND = '(m.transaction_id <> $3 OR (m.id, m.asset_id) > ($4::uuid, $5::uuid))'
const IN_ORDER = 'ORDER BY m.transaction_id, m.id, m.asset_id LIMIT $6'

/** What was written by transactions with ids from $1 on and below $2, behind a place. */
const RECORDED_SINCE = statement(
  'recorded since',
  `SELECT ${COLUMNS} FROM materialization m
   WHERE m.transaction_id >= $1::xid8 AND m.transaction_id < $2::xid8 AND ${IS_BEHIND} ${IN_ORDER}`,
)

/** The same of transactions with ids in some spans. */
const RECORDED_WITHIN = statement(
  'recorded within',
  `SELECT ${COLUMNS} FROM unnest($1::xid8[], $2::xid8[]) AS s(least, most)
   JOIN materialization m ON m.transaction_id >= s.least AND m.transaction_id <= s.most
   WHERE ${IS_BEHIND} ${IN_ORDER}`,
)

/** No transaction has this id: PostgreSQL counts from 3. */
const NOWHERE: RecordedPlace = {
  transactionId: 0n,
  materializationId: '00000000-0000-0000-0000-000000000000',
  assetId: '00000000-0000-0000-0000-000000000000',
}

/**
 * What has been recorded since a watermark and can be seen by now: first of transactions that were open then, then in
 * the order of transactions; `most` at most. To be called in a transaction that reads one state.
 *
 * A watermark goes no further than the last materialization that was read, never as far as PostgreSQL has counted: after
 * a crash it gives out the ids of transactions once more of which nothing has been written.
 */
export async function readRecorded(
  session: Session,
  since: Watermark,
  until: Until,
  most: number,
): Promise<RecordedPage> {
  const snapshot = await readSnapshot(session)
  const underWay = underWayIn(snapshot)
  const reading = new Reading(since, underWay)
  // A transaction that has been read in part is read to its end before others.
  const isPartOfNext = since.within !== null && since.within.transactionId >= since.next
  if (!isPartOfNext && since.open.length > 0) {
    const late = await findWithin(session, since, most)
    reading.add(late, late.length === most)
    if (late.length === most) return reading.page(true)
    reading.settle()
  }
  const { next, within } = reading.watermark
  const bound = until(snapshot)
  if (bound <= next) return reading.page(false)
  const values = [String(next), String(bound), ...valuesOf(within, most)]
  const rows = await session.run<Row & Record<string, unknown>>(RECORDED_SINCE, values)
  reading.add(rows, rows.length === most)
  return reading.page(rows.length === most)
}

/** Goes on from one watermark to the next. */
class Reading {
  readonly #recorded: Recorded[] = []

  constructor(
    public watermark: Watermark,
    private readonly underWay: readonly bigint[],
  ) {}

  /** In order; `areCut`: whether there may be more of the last transaction. */
  add(rows: readonly Row[], areCut: boolean): void {
    for (const [at, { transactionId, ...materialization }] of rows.entries()) {
      const { assetId, materializationId } = materialization
      const place = { transactionId: BigInt(transactionId), materializationId, assetId }
      const following = rows[at + 1]
      const isLast = following === undefined ? !areCut : following.transactionId !== transactionId
      this.watermark = advanced(this.watermark, place, isLast, this.underWay)
      this.#recorded.push({ materialization, place, watermark: this.watermark })
    }
  }

  /** What was open and has ended by now has been read. */
  settle(): void {
    const { next, open } = this.watermark
    this.watermark = { next, open: openFrom(next, open, this.underWay), within: null }
  }

  page(isFull: boolean): RecordedPage {
    const { next, open, within } = this.watermark
    // Of what has been committed nothing follows later.
    if (!isFull && within !== null && within.transactionId >= next)
      this.watermark = { next: within.transactionId + 1n, open, within: null }
    return { recorded: this.#recorded, watermark: this.watermark, isFull }
  }
}

async function findWithin(session: Session, { open, within }: Watermark, most: number): Promise<Row[]> {
  if (open.length === 0) return []
  return session.run<Row & Record<string, unknown>>(RECORDED_WITHIN, [
    open.map(([from]) => String(from)),
    open.map(([, to]) => String(to)),
    ...valuesOf(within, most),
  ])
}

function valuesOf(within: RecordedPlace | null, most: number): unknown[] {
  const { transactionId, materializationId, assetId } = within ?? NOWHERE
  return [String(transactionId), materializationId, assetId, most]
}

/** Everything that is recorded by now, and no more: what is recorded from here on comes behind it. */
export async function findLastRecorded(session: Session): Promise<Watermark> {
  const snapshot = await readSnapshot(session)
  const [row] = await session.run<{ next: string }>(LAST_RECORDED, [String(xmaxOf(snapshot))])
  const next = BigInt(row?.next ?? 0)
  return { next, open: spansOf(singles(underWayIn(snapshot).filter((id) => id < next))), within: null }
}

/** One more than the greatest id, below $1, of a transaction that has recorded something. */
const LAST_RECORDED = statement(
  'last recorded',
  `SELECT (COALESCE(max(transaction_id), '0')::text::numeric + 1)::text AS next
   FROM materialization WHERE transaction_id < $1::xid8`,
)
