import { connect, connected, type DatabasePlace } from '../own-connection.js'
import type { PruneRule } from './rule.js'

/** How many materializations were made before the horizon, and stay because they were recorded after it. */
export function countRecordedSince(place: DatabasePlace, { horizon, namespace }: PruneRule): Promise<number> {
  return connected(connect(place, 'headwater prune'), async (client) => {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::float8 AS count FROM materialization m
       WHERE m.materialized_at < $1 AND m.recorded_at >= $1
         AND ($2::text IS NULL OR EXISTS (SELECT FROM asset a WHERE a.id = m.asset_id AND a.namespace = $2))`,
      [horizon, namespace],
    )
    return rows[0]?.count ?? 0
  })
}
