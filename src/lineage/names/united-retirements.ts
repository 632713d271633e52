/** A time from which on an asset is retired, and until when: null where nobody has restored it. */
export interface Retirement {
  retiredAt: Date
  restoredAt: Date | null
  /** When it was first materialized after `retiredAt`; null where it was not. */
  revivedAt: Date | null
}

/**
 * The retirements of two names as they would be, had all of them been said of one, in the order of their times: what is
 * restored under one name is restored under both; what is retired already is not retired again; and what was
 * materialized in between is, since then, until it is retired once more.
 */
export function uniteRetirements(
  rows: readonly Retirement[],
): Pick<Retirement, 'retiredAt' | 'restoredAt'>[] {
  const ends = rows
    .flatMap(({ restoredAt }) => restoredAt ?? [])
    .sort((left, right) => left.getTime() - right.getTime())
  const united: Retirement[] = []
  for (const row of [...rows].sort((left, right) => left.retiredAt.getTime() - right.retiredAt.getTime())) {
    const last = united.at(-1)
    if (last !== undefined) {
      const end = last.restoredAt ?? last.revivedAt
      const isOver = end !== null && end <= row.retiredAt
      if (!isOver || last.retiredAt.getTime() === row.retiredAt.getTime()) continue
      last.restoredAt = end
    }
    const restoredAt = ends.find((end) => end >= row.retiredAt) ?? null
    united.push({ ...row, restoredAt })
  }
  return united.map(({ retiredAt, restoredAt }) => ({ retiredAt, restoredAt }))
}
