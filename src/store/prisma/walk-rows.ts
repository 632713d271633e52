import type pg from 'pg'
import type { Asset, Sightings } from '../../lineage/entities.js'
import type { Tally } from '../../lineage/walk/graph-reader.js'
import type { Session } from './database.js'
import { ASSET_COLUMNS, ASSET_JOINS } from './rows.js'
import { type Statement, statement } from './statement.js'
import { uuidArray } from './uuid-array.js'

const ASSETS = statement(
  'assets of a walk',
  `SELECT f.place::int, ${ASSET_COLUMNS} FROM unnest($1::uuid[]) WITH ORDINALITY AS f(id, place)
   JOIN asset a ON a.id = f.id ${ASSET_JOINS}`,
)

/** The rows of assets whose ids come one after another, 16 bytes each; in this order, null where there is none. */
export async function findAssetsInOrder(session: Session, ids: Uint8Array): Promise<(Asset | null)[]> {
  const rows = await session.run<Asset & { place: number }>(ASSETS, [uuidArray(ids)])
  const assets: (Asset | null)[] = new Array(ids.length / 16).fill(null)
  for (const row of rows) assets[row.place - 1] = row
  return assets
}

const TALLY = statement(
  'tally of assets',
  `SELECT a.namespace, s.kind, count(*)::int AS "assetCount" FROM unnest($1::uuid[]) f(id)
   JOIN asset a ON a.id = f.id JOIN asset_state s ON s.asset_id = a.id GROUP BY a.namespace, s.kind`,
)

/** How many of these assets, whose ids come one after another, are of each kind in each namespace. */
export function tallyAssets(session: Session, ids: Uint8Array): Promise<Tally[]> {
  return session.run<Tally & pg.QueryResultRow>(TALLY, [uuidArray(ids)])
}

const SIGHTINGS = statement(
  'sightings of edges',
  `SELECT r.place::int, c.first_seen_at AS "firstSeenAt", c.last_seen_at AS "lastSeenAt",
     c.materialization_count AS "materializationCount"
   FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS r(downstream_id, upstream_id, place)
   JOIN lineage_edge_stats c ON c.downstream_id = r.downstream_id AND c.upstream_id = r.upstream_id`,
)

/**
 * What has been seen by a time, $3, where some has been seen later: counted, with what has been pruned, which is of before
 * any time that may be asked for. An edge that only a repeated storage
 * event had, which has none since, was last seen when it was first.
 */
const SIGHTINGS_AT = statement(
  'sightings of edges AS OF',
  `SELECT r.place::int, c.first_seen_at AS "firstSeenAt",
     CASE WHEN c.last_seen_at <= $3 THEN c.last_seen_at ELSE COALESCE(GREATEST(c.pruned_to, (
       SELECT max(i.materialized_at) FROM materialization_input i
       WHERE i.asset_id = c.downstream_id AND i.upstream_id = c.upstream_id AND i.materialized_at <= $3
     )), c.first_seen_at) END AS "lastSeenAt",
     CASE WHEN c.last_seen_at <= $3 THEN c.materialization_count ELSE c.pruned_count + (
       SELECT count(DISTINCT i.materialization_id) FROM materialization_input i
       WHERE i.asset_id = c.downstream_id AND i.upstream_id = c.upstream_id AND i.materialized_at <= $3
     ) END AS "materializationCount"
   FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS r(downstream_id, upstream_id, place)
   JOIN lineage_edge_stats c ON c.downstream_id = r.downstream_id AND c.upstream_id = r.upstream_id`,
)

/** When, and how often, edges were seen; in the order given. */
export async function findSightings(
  session: Session,
  upstreamIds: readonly string[],
  downstreamIds: readonly string[],
): Promise<(Sightings | null)[]> {
  return inOrder(upstreamIds.length, SIGHTINGS, session, [downstreamIds, upstreamIds])
}

/** The same, by a time. What has been seen since costs as much as the histories of the downstream assets are long. */
export async function findSightingsAt(
  session: Session,
  upstreamIds: readonly string[],
  downstreamIds: readonly string[],
  time: Date,
): Promise<(Sightings | null)[]> {
  return inOrder(upstreamIds.length, SIGHTINGS_AT, session, [downstreamIds, upstreamIds, time])
}

async function inOrder(
  count: number,
  sql: Statement,
  session: Session,
  values: readonly unknown[],
): Promise<(Sightings | null)[]> {
  const sightings: (Sightings | null)[] = new Array(count).fill(null)
  if (count === 0) return sightings
  const rows = await session.run<Sightings & { place: number }>(sql, values)
  for (const { place, ...seen } of rows) sightings[place - 1] = seen
  return sightings
}
