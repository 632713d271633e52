/** A time from which on an asset is retired, and until when: null where nothing has ended it. */
export interface Retirement {
  retiredAt: Date
  restoredAt: Date | null
}

/** The same, with what says how it ended. */
export interface EndedRetirement extends Retirement {
  /** When the asset was first materialized after `retiredAt`; null where it was not. */
  revivedAt: Date | null
  /** Whether it was materialized at `restoredAt`: then it was that what ended it, and nobody has restored it. */
  isRevived: boolean
}

/**
 * The retirements of two names as they would be, had all of them been said of one, in the order of their times: what is
 * restored under one name is restored under both; what is retired already is not retired again; and what was
 * materialized in between is, since then, until it is retired once more.
 */
export function uniteRetirements(rows: readonly EndedRetirement[]): Retirement[] {
  const ends = rows
    .flatMap(({ restoredAt, isRevived }) => (restoredAt === null || isRevived ? [] : restoredAt))
    .sort((left, right) => left.getTime() - right.getTime())
  const restoredAfter = (time: Date) => ends.find((end) => end >= time) ?? null
  const isRestored = ({ restoredAt, isRevived }: EndedRetirement) => restoredAt !== null && !isRevived
  /** When it was over, seen from a later time. */
  const endOf = (row: EndedRetirement) =>
    earlier(isRestored(row) ? null : row.revivedAt, restoredAfter(row.retiredAt))

  const united: EndedRetirement[] = []
  for (const row of [...rows].sort((left, right) => left.retiredAt.getTime() - right.retiredAt.getTime())) {
    const last = united.at(-1)
    const end = last === undefined ? row.retiredAt : endOf(last)
    if (end === null || end > row.retiredAt || last?.retiredAt.getTime() === row.retiredAt.getTime()) continue
    united.push(row)
  }
  return united.map((row, at) => {
    const { retiredAt } = row
    // What a materialization alone has ended is said to have ended once it is retired again.
    const isSaid = at < united.length - 1 || row.isRevived
    return { retiredAt, restoredAt: isSaid ? endOf(row) : restoredAfter(retiredAt) }
  })
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}
