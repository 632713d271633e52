import { badUserInput } from '../../errors/headwater-error.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

const HORIZON = statement('horizon', 'SELECT max(horizon) AS horizon FROM retention')

/** Before this time only a part of what was made is still there; null where nothing has been pruned. */
export async function findHorizon(session: Session): Promise<Date | null> {
  const [row] = await session.run<{ horizon: Date | null }>(HORIZON, [])
  return row?.horizon ?? null
}

/** Throws BAD_USER_INPUT where nobody can say any more how things were at a time. */
export function checkKept(field: string, time: Date, horizon: Date | null): void {
  if (horizon === null || time >= horizon) return
  throw badUserInput(
    field,
    time.toISOString(),
    `a time not before ${horizon.toISOString()}, for earlier history has been pruned`,
  )
}
