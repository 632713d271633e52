import { assertionsIdsOf } from '../../lineage/checks/asserted-check-id.js'
import type { CheckRef, CheckResult } from '../../lineage/checks/check-result.js'
import type { CheckedThing, CheckPosition, PageRequest } from '../store.js'
import { areWhole, assetIdsOf, materializationIdsOf } from './checked-things.js'
import type { Session } from './database.js'
import {
  GREATEST_ID,
  isFirst,
  next,
  RESOLVED_ID,
  SAME_BOTH,
  SAME_PARTITION,
  SAME_VERSION,
  TARGET,
} from './input-queries.js'
import { statement } from './statement.js'

/** What a run asserted of an asset, as RESOLVED_ID takes an input; the results aside, which may be large. */
export const ASSERTED = `(
  SELECT a.asset_id, a.id, a.run_id, a.materialization_id, a.checked_at, a.result_count, a.version, a.partition_key, a.dag_id,
    a.asset_id AS upstream_id, a.as_of AS materialized_at, a.pruned_id, '${GREATEST_ID}'::uuid AS before_id
  FROM run_assertions a)`

/**
 * The materialization that the run of the assertions `i` checked: what it made, under this name of the asset or under
 * another, else what it used; null where that is not recorded.
 */
export const CHECKED_ID = `COALESCE(i.materialization_id,
  CASE WHEN i.pruned_id IS NULL AND EXISTS (SELECT FROM asset_name n WHERE n.asset_id = i.asset_id AND n.id <> n.asset_id) THEN (
    SELECT m.id FROM materialization m WHERE m.run_id = i.run_id AND m.asset_id = i.asset_id
    ORDER BY (m.partition_key = i.partition_key) IS TRUE DESC, m.materialized_at DESC, m.id DESC LIMIT 1) END,
  ${RESOLVED_ID})`

/**
 * What runs asserted that named the version and the partition in this way, and used what was there until something
 * else came that fits as well; of the same DAG run as the materialization `t`, until something of that came.
 */
const named = (version: string, partition: string, from: string, fits: string) => {
  const used = (when: string) => `
    SELECT i.* FROM ${ASSERTED} i
    WHERE i.asset_id = t.asset_id AND i.materialization_id IS NULL AND i.version ${version}
      AND i.partition_key ${partition} AND i.run_id IS DISTINCT FROM t.run_id AND ${when}`
  const until = (condition: string) => `COALESCE(${next(condition)}, 'infinity')`
  return `${used(`i.materialized_at >= ${from} AND i.materialized_at <= ${until(fits)}`)}
    UNION ALL ${used(`i.dag_id = t.dag_id AND i.materialized_at > ${until(fits)}
      AND i.materialized_at <= ${until(`${fits} AND n.dag_id = t.dag_id`)}`)}`
}
/** A version that is named may also be of what came after. */
const fromTheStart = (fits: string) =>
  `CASE WHEN ${isFirst(fits)} THEN '-infinity' ELSE t.materialized_at END`

/** The least id of what the run of `t` asserts, or the greatest. */
const ofRun = (digit: '0' | 'f') =>
  `(left(t.run_id::text, 18) || '-${digit.repeat(4)}-${digit.repeat(12)}')::uuid`

/** What can have been asserted of the materialization `t`, each once: CHECKED_ID decides. See CANDIDATE of inputs. */
export const ASSERTED_OF = `(
    SELECT i.* FROM ${ASSERTED} i
    WHERE i.asset_id = t.asset_id AND i.run_id = t.run_id AND i.id BETWEEN ${ofRun('0')} AND ${ofRun('f')}
    UNION ALL ${named('IS NULL', 'IS NULL', 't.materialized_at', 'true')}
    UNION ALL ${named('IS NULL', '= t.partition_key', 't.materialized_at', SAME_PARTITION)}
    UNION ALL ${named('= t.version', 'IS NULL', fromTheStart(SAME_VERSION), SAME_VERSION)}
    UNION ALL ${named('= t.version', '= t.partition_key', fromTheStart(SAME_BOTH), SAME_BOTH)} OFFSET 0)`

const RESULTS = `jsonb_to_recordset(a.results) AS r(id uuid, name text, status text, severity text, details jsonb)`
const RESULT_COLUMNS = `a.asset_id AS "assetId", r.id AS "checkId", r.name, r.status, r.severity, r.details,
  a.checked_at AS "checkedAt"`

/** A position in lists newest first, and how much is asked for behind it, as SQL: the parameters from the `first` on. */
const pageFrom = (first: number) => ({
  isNoLater: `i.checked_at <= $${first}::timestamptz
    AND (i.checked_at, i.id) <= ($${first}::timestamptz, $${first + 1}::uuid)`,
  isBehind: `(a.checked_at, r.id) < ($${first}::timestamptz, $${first + 2}::uuid)`,
  count: `$${first + 3}::int`,
})
type PageSql = ReturnType<typeof pageFrom>

const NEWEST_FIRST = 'ORDER BY i.checked_at DESC, i.id DESC'

/**
 * The results of the assertions in `page` that are behind a position. All of them but the one that it is in are behind it as a
 * whole; so as many are read as their numbers of results say, and not as many as results are asked for.
 */
const resultsOf = ({ isBehind, count }: PageSql, page: string) => `
  WITH ${page}, counted AS (
    SELECT p.of_id, i.*, sum(i.result_count) OVER newest_first - first_value(i.result_count) OVER newest_first
      - i.result_count AS before
    FROM page p JOIN ${ASSERTED} i ON i.asset_id = p.asset_id AND i.id = p.id
    WINDOW newest_first AS (PARTITION BY p.of_id ${NEWEST_FIRST})
  ), enough AS MATERIALIZED (
    SELECT i.of_id, i.asset_id, i.id, ${CHECKED_ID} AS checked_id FROM counted i WHERE i.before < ${count}
  )
  SELECT e.of_id AS "ofId", e.checked_id AS "materializationId", ${RESULT_COLUMNS}
  FROM enough e JOIN run_assertions a ON a.asset_id = e.asset_id AND a.id = e.id
  CROSS JOIN LATERAL ${RESULTS}
  WHERE ${isBehind} ORDER BY a.checked_at DESC, r.id DESC`

/** Of what nobody has made no materialization can have been checked. */
const IS_MADE = 'EXISTS (SELECT FROM asset_state s WHERE s.asset_id = o.asset_id AND s.latest_id IS NOT NULL)'

const OF_ASSETS = statement('assertions of assets', ofAssets(pageFrom(2)))

function ofAssets(page: PageSql): string {
  return resultsOf(
    page,
    `page AS MATERIALIZED (
       SELECT o.asset_id AS of_id, o.asset_id, unnest(ARRAY(
         SELECT i.id FROM ${ASSERTED} i
         WHERE i.asset_id = o.asset_id AND ${page.isNoLater} AND ${CHECKED_ID} IS NOT NULL
         ORDER BY i.checked_at DESC FETCH FIRST (${page.count} + 1) ROWS WITH TIES)) AS id
       FROM unnest($1::uuid[]) AS o(asset_id) WHERE ${IS_MADE})`,
  )
}

const OF_MATERIALIZATIONS = statement('assertions of materializations', ofMaterializations(pageFrom(3)))

/** Candidates are put in order before they are resolved, and no more of them are resolved than the page takes. */
function ofMaterializations(page: PageSql): string {
  return resultsOf(
    page,
    `${TARGET}, page AS MATERIALIZED (
       SELECT t.id AS of_id, t.asset_id, unnest(ARRAY(
         SELECT i.id
         FROM (SELECT i.* FROM ${ASSERTED_OF} i WHERE ${page.isNoLater} ${NEWEST_FIRST} OFFSET 0) i
         WHERE ${CHECKED_ID} = t.id ${NEWEST_FIRST} LIMIT ${page.count} + 1)) AS id
       FROM target t)`,
  )
}

type ResultRow = CheckResult & { ofId: string } & Record<string, unknown>

/** What was asserted of each, newest first, behind `after`: at least the first `count`. As findCheckHistories. */
export async function findAssertedHistories(
  session: Session,
  things: readonly CheckedThing[],
  { after, count }: PageRequest<CheckPosition>,
): Promise<CheckResult[][]> {
  const behind =
    after === null
      ? ['infinity', GREATEST_ID, GREATEST_ID]
      : [after.checkedAt, assertionsIdsOf(after.checkId)[1], after.checkId]
  const rows = await session.run<ResultRow>(areWhole(things) ? OF_ASSETS : OF_MATERIALIZATIONS, [
    ...idsOf(things),
    ...behind,
    count,
  ])
  const found = new Map(things.map((thing): [string, CheckResult[]] => [idOf(thing), []]))
  for (const { ofId, ...result } of rows) found.get(ofId)?.push(result)
  return things.map((thing) => found.get(idOf(thing)) ?? [])
}

const COUNT_OF_ASSETS = statement(
  'number of assertions of assets',
  `SELECT o.asset_id AS "ofId", (
     SELECT sum(i.result_count)::int FROM ${ASSERTED} i WHERE i.asset_id = o.asset_id AND ${CHECKED_ID} IS NOT NULL
   ) AS total
   FROM unnest($1::uuid[]) AS o(asset_id) WHERE ${IS_MADE}`,
)

const COUNT_OF_MATERIALIZATIONS = statement(
  'number of assertions of materializations',
  `WITH ${TARGET}
   SELECT t.id AS "ofId", (SELECT sum(i.result_count)::int FROM ${ASSERTED_OF} i WHERE ${CHECKED_ID} = t.id) AS total
   FROM target t`,
)

/** How much was asserted of each, as far as it is known what was checked. */
export async function countAsserted(session: Session, things: readonly CheckedThing[]): Promise<number[]> {
  const rows = await session.run<{ ofId: string; total: number | null }>(
    areWhole(things) ? COUNT_OF_ASSETS : COUNT_OF_MATERIALIZATIONS,
    idsOf(things),
  )
  const totals = new Map(rows.map(({ ofId, total }) => [ofId, total]))
  return things.map((thing) => totals.get(idOf(thing)) ?? 0)
}

const BY_IDS = statement(
  'assertions by id',
  `SELECT e.checked_id AS "materializationId", ${RESULT_COLUMNS}
   FROM (
     SELECT o.check_id, i.asset_id, i.id, ${CHECKED_ID} AS checked_id
     FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS o(asset_id, check_id, least, greatest)
     JOIN ${ASSERTED} i ON i.asset_id = o.asset_id AND i.id BETWEEN o.least AND o.greatest) e
   JOIN run_assertions a ON a.asset_id = e.asset_id AND a.id = e.id
   CROSS JOIN LATERAL ${RESULTS}
   WHERE r.id = e.check_id AND e.checked_id IS NOT NULL`,
)

/** In no order; those are missing of which it is not known what was checked. */
export function findAsserted(session: Session, refs: readonly CheckRef[]): Promise<CheckResult[]> {
  const ids = refs.map(({ checkId }) => assertionsIdsOf(checkId))
  return session.run<CheckResult & Record<string, unknown>>(BY_IDS, [
    refs.map(({ assetId }) => assetId),
    refs.map(({ checkId }) => checkId),
    ids.map(([least]) => least),
    ids.map(([, greatest]) => greatest),
  ])
}

const idOf = ({ assetId, materializationId }: CheckedThing) => materializationId ?? assetId
const idsOf = (things: readonly CheckedThing[]) =>
  areWhole(things) ? [assetIdsOf(things)] : [assetIdsOf(things), materializationIdsOf(things)]
