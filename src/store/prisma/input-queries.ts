import type { Materialization, MaterializationInput, MaterializationRef } from '../../lineage/entities.js'
import { BY_REF, followed } from '../../lineage/names/followed.js'
import type { Counted, MaterializationPosition, PageRequest } from '../store.js'
import { findCanonicalIds } from './asset-names.js'
import type { Session } from './database.js'
import { findMaterializations } from './materialization-queries.js'
import { MATERIALIZATION_COLUMNS } from './rows.js'
import { of, perSight, type Seen } from './scopes.js'
import { statement } from './statement.js'

/**
 * The materialization that an input was, as SQL; null where it is not recorded. This is the one place that says it:
 * of the upstream's materializations (of the version and the partition that the input names, where it names them)
 * the latest at or before the time that the input is of (of a run its start, else the downstream's materializedAt) that the same DAG run made; else the latest at or before,
 * whoever made it; else, where a version was named, the first after. Nothing is made from itself: of its own asset
 * only what comes before it counts.
 *
 * Of an input that was what has been pruned since (pruned_id) nothing else is looked for.
 *
 * `i` has upstream_id, version, partition_key, dag_id, materialized_at, pruned_id and before_id, the greatest id of all, or the
 * downstream's own where it is made from its own asset. It is worked out at each reading, from what is recorded
 * then: no arrival, however late or concurrent, can leave an older answer behind.
 */
export const RESOLVED_ID = `CASE WHEN i.pruned_id IS NULL THEN COALESCE(
  CASE WHEN i.dag_id IS NOT NULL THEN (
    SELECT u.id FROM materialization u
    WHERE u.asset_id = i.upstream_id AND u.dag_id = i.dag_id
      AND (i.version IS NULL OR u.version = i.version)
      AND (i.partition_key IS NULL OR u.partition_key = i.partition_key)
      AND (u.materialized_at, u.id) < (i.materialized_at, i.before_id)
    ORDER BY u.materialized_at DESC, u.id DESC LIMIT 1) END,
  CASE
    WHEN i.version IS NOT NULL THEN (
      SELECT u.id FROM materialization u
      WHERE u.asset_id = i.upstream_id AND u.version = i.version
        AND (i.partition_key IS NULL OR u.partition_key = i.partition_key)
        AND (u.materialized_at, u.id) < (i.materialized_at, i.before_id)
      ORDER BY u.materialized_at DESC, u.id DESC LIMIT 1)
    WHEN i.partition_key IS NOT NULL THEN (
      SELECT u.id FROM materialization u
      WHERE u.asset_id = i.upstream_id AND u.partition_key = i.partition_key
        AND (u.materialized_at, u.id) < (i.materialized_at, i.before_id)
      ORDER BY u.materialized_at DESC, u.id DESC LIMIT 1)
    ELSE (
      SELECT u.id FROM materialization u
      WHERE u.asset_id = i.upstream_id AND (u.materialized_at, u.id) < (i.materialized_at, i.before_id)
      ORDER BY u.materialized_at DESC, u.id DESC LIMIT 1)
  END,
  CASE WHEN i.version IS NOT NULL THEN (
    SELECT u.id FROM materialization u
    WHERE u.asset_id = i.upstream_id AND u.version = i.version
      AND (i.partition_key IS NULL OR u.partition_key = i.partition_key)
      AND (u.materialized_at, u.id) > (i.materialized_at, i.before_id)
    ORDER BY u.materialized_at, u.id LIMIT 1) END) END`

/**
 * Of materializations that are named by their ids more is asked than any index holds: where one held all that is
 * asked, PostgreSQL would look there, through the whole history of the asset, rather than look up the key.
 */
const BY_KEY = `m.recorded_at > '-infinity'`

/** The materializations asked about, by their ids. */
export const TARGET = `target AS MATERIALIZED (
  SELECT r.place::int, m.* FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS r(asset_id, id, place)
  JOIN materialization m ON m.asset_id = r.asset_id AND m.id = r.id AND ${BY_KEY})`

/** Behind every other id. */
export const GREATEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** An input as RESOLVED_ID takes it: the row `named` of what the materialization `m` was made from. */
export const AS_NAMED = `CROSS JOIN LATERAL (
  SELECT named.upstream_id, named.version, named.partition_key, m.dag_id, named.materialized_at, named.pruned_id,
    CASE WHEN m.asset_id = named.upstream_id THEN m.id ELSE '${GREATEST_ID}' END AS before_id) i`

const INPUTS = statement(
  'inputs',
  `WITH ${TARGET}
   SELECT m.place, i.upstream_id AS "upstreamId", i.version AS "namedVersion", i.partition_key AS "partitionKey",
     named.pruned_version AS "prunedVersion", named.pruned_id IS NOT NULL AS "isPruned", ${RESOLVED_ID} AS "resolvedId"
   FROM target m
   JOIN materialization_input named ON named.asset_id = m.asset_id AND named.materialization_id = m.id
   ${AS_NAMED}
   ORDER BY m.place, named.position`,
)

/** An input as it was named, and which of its upstream's materializations that was; null where it is not recorded. */
export interface ResolvedInput extends Omit<MaterializationInput, 'materialization'> {
  resolvedId: string | null
}

/** The inputs of each materialization, in the order recorded. One statement, whatever their number. */
export async function resolveInputs(
  session: Session,
  refs: readonly MaterializationRef[],
): Promise<ResolvedInput[][]> {
  const inputs = refs.map((): ResolvedInput[] => [])
  if (refs.length === 0) return inputs
  const rows = await session.run<ResolvedInput & { place: number }>(INPUTS, [
    refs.map(({ assetId }) => assetId),
    refs.map(({ materializationId }) => materializationId),
  ])
  for (const { place, ...input } of rows) inputs[place - 1]?.push(input)
  return inputs
}

/** The same, with the materializations that they were: one statement more. */
export async function findInputs(
  session: Session,
  refs: readonly MaterializationRef[],
): Promise<MaterializationInput[][]> {
  const inputs = await resolveInputs(session, refs)
  const used = new Map<string, MaterializationRef>()
  for (const { upstreamId, resolvedId } of inputs.flat()) {
    if (resolvedId !== null) used.set(resolvedId, { assetId: upstreamId, materializationId: resolvedId })
  }
  const found = new Map<string, Materialization>()
  if (used.size > 0) {
    const refs = [...used.values()]
    const standFor = (ids: readonly string[]) => findCanonicalIds(session, ids)
    for (const one of await followed(standFor, BY_REF, refs, (some) => findMaterializations(session, some)))
      if (one !== null) found.set(one.materializationId, one)
  }
  return inputs.map((list) =>
    list.map(({ resolvedId, ...input }) => ({
      ...input,
      materialization: found.get(resolvedId ?? '') ?? null,
    })),
  )
}

/** When the first materialization after `t` was made, among those of its asset for which `condition` holds, as SQL. */
export const next = (condition: string) => `(SELECT n.materialized_at FROM materialization n
  WHERE n.asset_id = t.asset_id AND ${condition} AND (n.materialized_at, n.id) > (t.materialized_at, t.id)
  ORDER BY n.materialized_at, n.id LIMIT 1)`
/** Whether `t` is the first of them, as SQL. */
export const isFirst = (condition: string) => `NOT EXISTS (SELECT FROM materialization n
  WHERE n.asset_id = t.asset_id AND ${condition} AND (n.materialized_at, n.id) < (t.materialized_at, t.id))`
/** The one before `t`. */
const previousId = (condition: string) => `(SELECT n.id FROM materialization n
  WHERE n.asset_id = t.asset_id AND ${condition} AND (n.materialized_at, n.id) < (t.materialized_at, t.id)
  ORDER BY n.materialized_at DESC, n.id DESC LIMIT 1)`

/** Conditions for `next` and `isFirst`. */
export const SAME_PARTITION = 'n.partition_key = t.partition_key'
/** Likewise. */
export const SAME_VERSION = 'n.version = t.version'
/** Likewise. */
export const SAME_BOTH = `${SAME_VERSION} AND ${SAME_PARTITION}`

/** The inputs that name a version and a partition in this way, and were recorded for this stretch of time. */
const candidates = (version: string, partition: string, from: string, until: string) => `
  SELECT t.asset_id AS target_asset_id, t.id AS target_id, i.asset_id, i.materialization_id, i.materialized_at
  FROM target t JOIN materialization_input i ON i.upstream_id = t.asset_id AND i.version ${version}
    AND i.partition_key ${partition} AND i.materialized_at >= ${from}
    AND i.materialized_at <= COALESCE(${until}, 'infinity')`
const fromTheStart = (isFirstOnes: string) =>
  `CASE WHEN ${isFirstOnes} THEN '-infinity' ELSE t.materialized_at END`

/**
 * The inputs that can have been one of some materializations. An input can only have been this one if it was recorded
 * between this one and the next that fits it as well (or, under a named version, before the first), by the same DAG
 * run, or by the one before this one, which names the version that both have and is not made from itself: six
 * look-ups in indexes find those candidates, and resolving them decides.
 */
export const CANDIDATE = `candidate AS (
    ${candidates('IS NULL', 'IS NULL', 't.materialized_at', next('true'))}
    UNION ${candidates('IS NULL', '= t.partition_key', 't.materialized_at', next(SAME_PARTITION))}
    UNION ${candidates('= t.version', 'IS NULL', fromTheStart(isFirst(SAME_VERSION)), next(SAME_VERSION))}
    UNION ${candidates('= t.version', '= t.partition_key', fromTheStart(isFirst(SAME_BOTH)), next(SAME_BOTH))}
    UNION SELECT t.asset_id, t.id, i.asset_id, i.materialization_id, i.materialized_at
    FROM target t JOIN materialization d ON d.dag_id = t.dag_id AND d.materialized_at >= t.materialized_at
    JOIN materialization_input i ON i.asset_id = d.asset_id AND i.materialization_id = d.id AND i.upstream_id = t.asset_id
    UNION SELECT t.asset_id, t.id, i.asset_id, i.materialization_id, i.materialized_at
    FROM target t JOIN materialization_input i ON i.asset_id = t.asset_id AND i.upstream_id = t.asset_id
      AND i.materialization_id IN (${previousId(SAME_VERSION)}, ${previousId(SAME_BOTH)})
  )`

const CANDIDATES = `
  ${TARGET}, ${CANDIDATE}`

/** The materializations that were made from each of some. */
const CONSUMERS = perSight('$6', (suffix, ifSeen) =>
  statement(
    `consumers${suffix}`,
    `WITH ${CANDIDATES}, consumer AS (
     SELECT DISTINCT c.target_id, m.asset_id, m.id, m.materialized_at
     FROM candidate c
     JOIN materialization m ON m.asset_id = c.asset_id AND m.id = c.materialization_id AND ${BY_KEY}
     JOIN materialization_input named ON named.asset_id = c.asset_id
       AND named.materialization_id = c.materialization_id AND named.upstream_id = c.target_asset_id
     ${AS_NAMED}
     WHERE c.target_id = ${RESOLVED_ID} ${ifSeen('m.asset_id')}
   ), placed AS (
     SELECT c.*, count(*) OVER (PARTITION BY c.target_id)::int AS total, c.is_behind AS "isBehind",
       row_number() OVER (PARTITION BY c.target_id, c.is_behind ORDER BY c.materialized_at DESC, c.id DESC) AS place
     FROM (SELECT x.*, $3::timestamptz IS NULL OR (x.materialized_at, x.id) < ($3, $4::uuid) AS is_behind
           FROM consumer x) c
   )
   SELECT p.target_id AS "targetId", p.total, p."isBehind", ${MATERIALIZATION_COLUMNS}
   FROM placed p JOIN materialization m ON m.asset_id = p.asset_id AND m.id = p.id
   WHERE p.place <= CASE WHEN p.is_behind THEN $5 ELSE 1 END
   ORDER BY p.place`,
  ),
)

type ConsumerRow = Materialization & { targetId: string; total: number; isBehind: boolean }

/** The materializations that were made from each, newest first. */
export async function findConsumers(
  session: Session,
  refs: readonly MaterializationRef[],
  { after, count }: PageRequest<MaterializationPosition>,
  seen: Seen,
): Promise<Counted<Materialization>[]> {
  const values = [
    refs.map(({ assetId }) => assetId),
    refs.map(({ materializationId }) => materializationId),
    after?.materializedAt ?? null,
    after?.materializationId ?? null,
    count,
  ]
  const rows = await session.run<ConsumerRow>(...of(CONSUMERS, values, seen))
  const found = new Map(
    refs.map(({ materializationId }): [string, Counted<Materialization>] => [
      materializationId,
      { items: [], total: 0 },
    ]),
  )
  for (const { targetId, total, isBehind, ...materialization } of rows) {
    const list = found.get(targetId)
    if (list === undefined) continue
    list.total = total
    if (isBehind) list.items.push(materialization)
  }
  return refs.map(({ materializationId }) => found.get(materializationId) ?? { items: [], total: 0 })
}

/**
 * The first $3 of all that was made from any of some, in the order of a walk. Candidates are put in order before they
 * are resolved, which costs ten times as much, and no more of them are resolved than it takes to find so many: each
 * OFFSET 0 keeps PostgreSQL from resolving them all first.
 */
const MADE_FROM_ANY = statement(
  'made from any',
  `WITH ${CANDIDATES}
   SELECT o.asset_id AS "assetId", o.id AS "materializationId"
   FROM (
     SELECT c.*, a.sort_key, a.namespace, a.key
     FROM (
       SELECT asset_id, materialization_id AS id, materialized_at,
         array_agg(target_asset_id) AS upstream_ids, array_agg(target_id) AS target_ids
       FROM candidate GROUP BY asset_id, materialization_id, materialized_at) c
     JOIN asset a ON a.id = c.asset_id
     ORDER BY a.sort_key, a.namespace, a.key, c.materialized_at, c.id OFFSET 0
   ) o
   WHERE EXISTS (
     SELECT FROM materialization m
     JOIN materialization_input named ON named.asset_id = m.asset_id AND named.materialization_id = m.id
     ${AS_NAMED}
     WHERE m.asset_id = o.asset_id AND m.id = o.id AND ${BY_KEY} AND named.upstream_id = ANY(o.upstream_ids)
       AND ${RESOLVED_ID} = ANY(o.target_ids) OFFSET 0)
   ORDER BY o.sort_key, o.namespace, o.key, o.materialized_at, o.id LIMIT $3`,
)

/** What was made from any of these, each once: the first `count` by the names of assets, then by time and id. */
export function findMadeFrom(
  session: Session,
  refs: readonly MaterializationRef[],
  count: number,
): Promise<MaterializationRef[]> {
  return session.run<MaterializationRef & Record<string, unknown>>(MADE_FROM_ANY, [
    refs.map(({ assetId }) => assetId),
    refs.map(({ materializationId }) => materializationId),
    count,
  ])
}
