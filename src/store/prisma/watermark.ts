import { HeadwaterError } from '../../errors/headwater-error.js'
import { singles, spansOf, type Watermark } from '../../lineage/live/watermark.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

/** What a transaction sees, in PostgreSQL's form of a pg_snapshot: all that is committed but for the named ones. */
export type Snapshot = string

const SNAPSHOT = statement('snapshot', 'SELECT pg_current_snapshot()::text AS snapshot')

/** What a session sees: the same at any place of a transaction that reads one state. */
export async function readSnapshot(session: Session): Promise<Snapshot> {
  const [row] = await session.run<{ snapshot: Snapshot }>(SNAPSHOT, [])
  if (row === undefined) throw new Error('PostgreSQL has answered with no snapshot')
  return row.snapshot
}

/** All transactions with smaller ids have ended before this snapshot. */
export function xminOf(snapshot: Snapshot): bigint {
  return BigInt(snapshot.split(':')[0] ?? 0)
}

/** No transaction with this id, or a greater one, has ended before this snapshot. */
export function xmaxOf(snapshot: Snapshot): bigint {
  return BigInt(snapshot.split(':')[1] ?? 0)
}

/** The transactions that had begun and not ended, in the order of their ids. */
export function underWayIn(snapshot: Snapshot): bigint[] {
  const [, , ids = ''] = snapshot.split(':')
  return ids === '' ? [] : ids.split(',').map(BigInt)
}

/** Of everything that a snapshot sees, and of some transactions beside that have been committed. */
export function watermarkOf(snapshot: Snapshot, others: readonly bigint[] = []): Watermark {
  const known = [...others].sort((a, b) => (a < b ? -1 : 1))
  let next = xmaxOf(snapshot)
  const open = singles(underWayIn(snapshot).filter((id) => !known.includes(id)))
  for (const id of known) {
    if (id < next) continue
    open.push([next, id - 1n])
    next = id + 1n
  }
  return { next, open: spansOf(open), within: null }
}

/** Of what a transaction has written, beside all with smaller ids that its snapshot saw. */
export function watermarkAfter(snapshot: Snapshot, transactionId: bigint): Watermark {
  const underWay = underWayIn(snapshot).filter((id) => id < transactionId)
  const unknown = [xmaxOf(snapshot), transactionId - 1n] as const
  return { next: transactionId + 1n, open: spansOf([...singles(underWay), unknown]), within: null }
}

/** Whether a snapshot sees what a transaction has written, if that is committed. */
export function sees(snapshot: Snapshot, transactionId: bigint): boolean {
  return transactionId < xmaxOf(snapshot) && !underWayIn(snapshot).includes(transactionId)
}

/** What is answered where a state that a client asks for has not been reached. */
export function notReached(): HeadwaterError {
  return new HeadwaterError(
    'SERVICE_UNAVAILABLE',
    'atLeast: this database has not reached that watermark; try again shortly',
  )
}
