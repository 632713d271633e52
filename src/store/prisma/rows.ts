/**
 * Whether the row `r` of asset_lifecycle says that its asset is retired, and nothing has said otherwise, as SQL: by a
 * time or, where that is null, ever. At the same time it is there again for whoever restores it, and not for having been
 * made. So the order in which things were said does not matter.
 */
const isInForce = (time: string | null, wasMade: string) => `r.is_retired
    ${time === null ? '' : `AND r.since <= ${time}`}
    AND NOT EXISTS (
      SELECT FROM asset_lifecycle o WHERE o.asset_id = r.asset_id AND NOT o.is_retired AND o.since >= r.since
        ${time === null ? '' : `AND o.since <= ${time}`})
    AND (${wasMade}) IS NOT TRUE`

/** Since when the asset `a` with the state `s` is retired, as SQL; null where it is not. */
export const RETIRED_AT = `(SELECT min(r.since) FROM asset_lifecycle r
    WHERE r.asset_id = a.id AND ${isInForce(null, 's.latest_at > r.since')})`

/** The columns of an asset, from `asset a` with ASSET_JOINS. */
export const ASSET_COLUMNS = `a.id AS "assetId", a.namespace, a.key, s.kind, s.kinds, s.description,
  a.tags, a.owners, a.created_at AS "createdAt", s.updated_at AS "updatedAt",
  ${RETIRED_AT} AS "retiredAt"`

/** What else an asset's columns come from. */
export const ASSET_JOINS = 'JOIN asset_state s ON s.asset_id = a.id'

/** The columns of a materialization, from `materialization m`. */
export const MATERIALIZATION_COLUMNS = `m.asset_id AS "assetId", m.id AS "materializationId", m.version,
  m.job_id AS "jobId", m.dag_id AS "dagId", m.node_task_id AS "nodeTaskId", m.partition_key AS "partitionKey",
  m.storage_event_id AS "storageEventId", m.size_bytes AS "sizeBytes", m.checksum, m.uri,
  m.code_version AS "codeVersion", m.metadata, m.materialized_at AS "materializedAt", m.recorded_at AS "recordedAt",
  m.run_id AS "runId"`

/** The columns of an edge, from `lineage_edge e` joined with `lineage_edge_stats c`. */
export const EDGE_COLUMNS = `e.upstream_id AS "upstreamId", e.downstream_id AS "downstreamId",
  c.first_seen_at AS "firstSeenAt", c.last_seen_at AS "lastSeenAt", c.materialization_count AS "materializationCount"`

/** Whether an end of the edge `e` is retired, by a time or, where that is null, now. */
const isRetired = (end: 'upstream_id' | 'downstream_id', time: string | null) => `EXISTS (
  SELECT FROM asset_lifecycle r WHERE r.asset_id = e.${end} AND ${isInForce(
    time,
    `EXISTS (
      SELECT FROM materialization v
      WHERE v.asset_id = r.asset_id AND v.materialized_at > r.since
        ${time === null ? '' : `AND v.materialized_at <= ${time}`})`,
  )})`

/** Each end by itself: for both together PostgreSQL compares every edge with every retirement. */
const hasBothEnds = (time: string | null) =>
  `NOT ${isRetired('upstream_id', time)} AND NOT ${isRetired('downstream_id', time)}`

/** Whether the edge `e` is in the latest materialization of some slice of its downstream asset, and neither end retired. */
export const EDGE_IS_CURRENT = `EXISTS (
  SELECT FROM latest_materialization l
  JOIN materialization_input i
    ON i.asset_id = l.asset_id AND i.materialization_id = l.materialization_id AND i.upstream_id = e.upstream_id
  WHERE l.asset_id = e.downstream_id) AND ${hasBothEnds(null)}`

/** The latest materialization of the slice `l` of `latest_materialization` at or before a time, as SQL; null for none. */
const latestAt = (time: string) => `CASE
    WHEN l.materialized_at <= ${time} THEN l.materialization_id
    WHEN l.partition_key = ''
      THEN (SELECT n.id FROM materialization n
            WHERE n.asset_id = l.asset_id AND n.partition_key IS NULL AND n.materialized_at <= ${time}
            ORDER BY n.materialized_at DESC, n.id DESC LIMIT 1)
    ELSE (SELECT n.id FROM materialization n
          WHERE n.asset_id = l.asset_id AND n.partition_key = l.partition_key AND n.materialized_at <= ${time}
          ORDER BY n.materialized_at DESC, n.id DESC LIMIT 1) END`

/**
 * As EDGE_IS_CURRENT, of the latest materializations at or before a time, e.g. `$2`. Values, not EXISTS, of which
 * PostgreSQL would make joins of whole tables: so every edge costs a few look-ups, however many there are.
 */
export const edgeWasCurrent = (time: string): string => `COALESCE((
  SELECT true FROM (
    SELECT ${latestAt(time)} AS id FROM latest_materialization l WHERE l.asset_id = e.downstream_id OFFSET 0) l
  WHERE (SELECT true FROM materialization_input i
         WHERE i.asset_id = e.downstream_id AND i.materialization_id = l.id AND i.upstream_id = e.upstream_id LIMIT 1)
  LIMIT 1), false) AND ${hasBothEnds(time)}`

/** Whether some materialization at or before a time had the edge `e`: a look-up, as of edgeWasCurrent. */
export const edgeWasSeen = (time: string): string => `COALESCE((
  SELECT f.first_seen_at <= ${time} FROM lineage_edge_stats f
  WHERE f.downstream_id = e.downstream_id AND f.upstream_id = e.upstream_id), false)`

/** Puts rows in the order of what was asked for; null where nothing was found. */
export function inOrderOf<Key, Row>(
  keys: readonly Key[],
  rows: readonly Row[],
  keyOfRow: (row: Row) => string,
  keyOf: (key: Key) => string,
): (Row | null)[] {
  const found = new Map(rows.map((row) => [keyOfRow(row), row]))
  return keys.map((key) => found.get(keyOf(key)) ?? null)
}

/**
 * Where the asset of an id stands in the order of names, as SQL: a row with `others` behind it. What has come to be
 * another name of something stands where it stood, so that a cursor goes on.
 */
export const placeInOrder = (id: string, others: string): string => `(
       SELECT p.sort_key, p.namespace, p.key, ${others} FROM asset p WHERE p.id = ${id}
       UNION ALL SELECT left(n.namespace || chr(1) || n.key, 600), n.namespace, n.key, ${others}
       FROM asset_name n WHERE n.id = ${id} AND n.asset_id <> n.id)`
