import type { Session } from '../database.js'
import { retireWritten } from '../retirement-queries.js'
import type { Corrections } from './reconcile.js'
import type { Run } from './sql.js'

/**
 * Retires again what events say was dropped, in the order of time, where nothing of it is known: whatever was retired at
 * that time or before may have been restored since, and nothing says when that was said. Names in `session` mean tables.
 */
export async function mendRetirements(run: Run, session: Session): Promise<Corrections[]> {
  const table = 'asset_retirement'
  const dropped = await run<{ assetId: string; at: Date }>(
    `SELECT DISTINCT d.asset_id AS "assetId", d.at FROM pg_temp.said_dropped d
     WHERE EXISTS (SELECT FROM public.asset a WHERE a.id = d.asset_id)
       AND NOT EXISTS (SELECT FROM public.asset_retirement r WHERE r.asset_id = d.asset_id AND r.retired_at <= d.at)
     ORDER BY d.at, d.asset_id`,
  )
  const count = async () =>
    (await run<{ count: number }>('SELECT count(*)::float8 AS count FROM public.asset_retirement'))[0]
      ?.count ?? 0
  const before = dropped.length === 0 ? 0 : await count()
  for (const { assetId, at } of dropped) await retireWritten(session, assetId, at)
  const added = dropped.length === 0 ? 0 : (await count()) - before
  return [{ table, added, removed: 0, changed: dropped.length - added }]
}
