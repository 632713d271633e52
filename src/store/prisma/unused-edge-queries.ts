import type { Edge, LineageEdge } from '../../lineage/entities.js'
import type { UnusedEdgesPiece, UnusedEdgesRequest } from '../store.js'
import type { Session } from './database.js'
import { BEFORE_ALL_EDGES, of, perSight, type Seen } from './scopes.js'
import { statement } from './statement.js'

/**
 * Goes over the table in the order of its key, up to $3 rows: lastSeenAt changes with each recording, and an index on it
 * would have each of them write to it (no more HOT updates). Answers with what it looks for, and with the last of these
 * rows, whatever that is, to go on from. The namespace is looked up row by row, and only of edges that are unused: what
 * PostgreSQL would join with reads all assets.
 */
const UNUSED = perSight('$7', (suffix, ifSeen) =>
  statement(
    `unused edges${suffix}`,
    `SELECT f.*, f.place = $3::int AS "isLast" FROM (
     SELECT p.*, p."lastSeenAt" < $4
       AND ($5::text IS NULL OR (SELECT a.namespace FROM asset a WHERE a.id = p."downstreamId") = $5)
       ${ifSeen('p."downstreamId"')} ${ifSeen('p."upstreamId"')} AS "isUnused"
     FROM (
       SELECT c.downstream_id AS "downstreamId", c.upstream_id AS "upstreamId", c.first_seen_at AS "firstSeenAt",
         c.last_seen_at AS "lastSeenAt", c.materialization_count AS "materializationCount",
         row_number() OVER (ORDER BY c.downstream_id, c.upstream_id) AS place
       FROM lineage_edge_stats c WHERE (c.downstream_id, c.upstream_id) > ($1, $2)
       ORDER BY c.downstream_id, c.upstream_id LIMIT $3::int) p) f
   WHERE f."isUnused" OR f.place = $3::int
   ORDER BY f."downstreamId", f."upstreamId" LIMIT $6`,
  ),
)

/** How many rows are looked at with one statement. */
const PIECE = 100_000

type Row = LineageEdge & { isUnused: boolean; isLast: boolean }

/** The first edges behind one that have not been seen since a time, of the next piece of the table. */
export async function findUnusedEdges(
  session: Session,
  { before, namespace, after, count }: UnusedEdgesRequest,
  seen: Seen,
): Promise<UnusedEdgesPiece> {
  const { downstreamId, upstreamId }: Edge = after ?? BEFORE_ALL_EDGES
  const values = [downstreamId, upstreamId, PIECE, before, namespace, count + 1]
  const rows = await session.run<Row & Record<string, unknown>>(...of(UNUSED, values, seen))
  const edges = rows.filter(({ isUnused }) => isUnused).slice(0, count)
  const end = edges.length === count ? edges.at(-1) : rows.find(({ isLast }) => isLast)
  return {
    edges,
    lookedUpTo: end === undefined ? null : { downstreamId: end.downstreamId, upstreamId: end.upstreamId },
  }
}
