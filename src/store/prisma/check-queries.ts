import { Prisma } from '../../../prisma/generated/client.js'
import { HeadwaterError } from '../../errors/headwater-error.js'
import { isAsserted } from '../../lineage/checks/asserted-check-id.js'
import type { CheckRef, CheckResult } from '../../lineage/checks/check-result.js'
import type { PlannedChecks } from '../../lineage/checks/plan-checks.js'
import type { CheckedThing, CheckPosition, PageRequest } from '../store.js'
import { findCanonicalIds } from './asset-names.js'
import { areWhole, assetIdsOf, materializationIdsOf } from './checked-things.js'
import type { Database, Session } from './database.js'
import { asOtherName, isOwnName, OtherName } from './name-guard.js'
import { inOrderOf } from './rows.js'
import { countAsserted, findAsserted, findAssertedHistories } from './run-assertion-queries.js'
import { statement } from './statement.js'

const COLUMNS = `c.asset_id AS "assetId", c.id AS "checkId", c.materialization_id AS "materializationId", c.name,
  c.status, c.severity, c.details, c.checked_at AS "checkedAt"`

/** The first row of a call is its claim to the idempotency key: only who wrote it writes the others. */
const WRITE = statement(
  'write checks',
  `WITH sent AS MATERIALIZED (
     SELECT * FROM json_to_recordset($1::json) AS r("assetId" uuid, "checkId" uuid, "materializationId" uuid, name text,
       status text, severity text, details jsonb, "checkedAt" timestamptz, place int)
   ), target AS MATERIALIZED (
     SELECT m.id FROM materialization m WHERE m.asset_id = $3 AND m.id = $4
   ), claim AS (
     INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, details, checked_at, call_hash)
     SELECT "assetId", "checkId", "materializationId", name, status, severity, details, "checkedAt",
       decode($2::text, 'hex')
     FROM sent WHERE place = 0 AND EXISTS (SELECT FROM target)
     ON CONFLICT (asset_id, id) DO NOTHING RETURNING id
   ), others AS (
     INSERT INTO check_result (asset_id, id, materialization_id, name, status, severity, details, checked_at)
     SELECT "assetId", "checkId", "materializationId", name, status, severity, details, "checkedAt"
     FROM sent WHERE place > 0 AND EXISTS (SELECT FROM claim)
   )
   SELECT EXISTS (SELECT FROM target) AS "isKnown", EXISTS (SELECT FROM claim) AS "isNew",
     ${isOwnName('$3::uuid')} AS "isOwnName"`,
)

const BY_IDS = statement(
  'check results by id',
  `SELECT ${COLUMNS}, c.call_hash AS "callHash" FROM unnest($1::uuid[], $2::uuid[]) AS r(asset_id, id)
   JOIN check_result c ON c.asset_id = r.asset_id AND c.id = r.id`,
)

type Row = CheckResult & { callHash: Buffer | null }

/** Writes all of them or none, and answers with what is stored. */
export async function recordChecks(
  session: Session,
  { results, callHash }: PlannedChecks,
): Promise<CheckResult[]> {
  const [first] = results
  const outcome = await write(session, { results, callHash })
  if (outcome === 'other name') {
    // What it is of has come to be of another asset meanwhile.
    const [assetId = ''] = await findCanonicalIds(session, [first?.assetId ?? ''])
    return recordChecks(session, { results: results.map((result) => ({ ...result, assetId })), callHash })
  }
  if (outcome?.isKnown !== true) {
    throw nothingToCheck()
  }
  if (outcome.isNew) return [...results]
  const stored = await findRows(session, results)
  if (callHash === null || stored[0]?.callHash?.equals(callHash) !== true) {
    throw new HeadwaterError(
      'IDEMPOTENCY_KEY_REUSED',
      'input.idempotencyKey: expected the check results first recorded under it, got others; use a new key for new results',
      { field: 'input.idempotencyKey' },
    )
  }
  return stored.flatMap((row) => (row === null ? [] : asResult(row)))
}

/** What was checked is not there. */
export function nothingToCheck(): HeadwaterError {
  return new HeadwaterError(
    'MATERIALIZATION_NOT_FOUND',
    'input.materializationId: no materialization has this id',
    { field: 'input.materializationId' },
  )
}

async function write(
  session: Session,
  { results, callHash }: PlannedChecks,
): Promise<{ isKnown: boolean; isNew: boolean } | undefined | 'other name'> {
  const [first] = results
  const ids = [first?.assetId ?? '']
  try {
    const [outcome] = await session.run<{ isKnown: boolean; isNew: boolean }>(WRITE, [
      JSON.stringify(results.map((result, place) => ({ ...result, place }))),
      callHash?.toString('hex') ?? null,
      first?.assetId,
      first?.materializationId,
    ])
    return outcome
  } catch (error) {
    if (asOtherName(error, ids) instanceof OtherName) return 'other name'
    throw error
  }
}

async function findRows(session: Session, refs: readonly CheckRef[]): Promise<(Row | null)[]> {
  const rows = await session.run<Row>(BY_IDS, [
    refs.map(({ assetId }) => assetId),
    refs.map(({ checkId }) => checkId),
  ])
  return inOrderOf(refs, rows, keyOfCheck, keyOfCheck)
}

const keyOfCheck = ({ assetId, checkId }: CheckRef) => assetId + checkId

/** In the order of `refs`; null where there is none. */
export async function findCheckResults(
  session: Session,
  refs: readonly CheckRef[],
): Promise<(CheckResult | null)[]> {
  const asserted = refs.filter(({ checkId }) => isAsserted(checkId))
  const recorded = refs.filter(({ checkId }) => !isAsserted(checkId))
  const [ofRuns, rows] = await Promise.all([
    asserted.length === 0 ? [] : findAsserted(session, asserted),
    recorded.length === 0 ? [] : findRows(session, recorded),
  ])
  const found = [...ofRuns, ...rows.flatMap((row) => (row === null ? [] : asResult(row)))]
  return inOrderOf(refs, found, keyOfCheck, keyOfCheck)
}

function asResult({ callHash: _, ...result }: Row): CheckResult {
  return result
}

/**
 * Newest first, of each thing: the first `count` behind `after`, recorded or asserted. All are materializations, or all
 * are assets.
 */
export async function findCheckHistories(
  database: Database,
  things: readonly CheckedThing[],
  page: PageRequest<CheckPosition>,
): Promise<CheckResult[][]> {
  const [recorded, asserted] = await Promise.all([
    findRecordedHistories(database, things, page),
    findAssertedHistories(database, things, page),
  ])
  return recorded.map((results, at) =>
    [...results, ...(asserted[at] ?? [])].sort(newestFirst).slice(0, page.count),
  )
}

function newestFirst(a: CheckResult, b: CheckResult): number {
  return b.checkedAt.getTime() - a.checkedAt.getTime() || (a.checkId < b.checkId ? 1 : -1)
}

/** The ids first, as in findHistories. */
async function findRecordedHistories(
  database: Database,
  things: readonly CheckedThing[],
  { after, count }: PageRequest<CheckPosition>,
): Promise<CheckResult[][]> {
  const conditions = [Prisma.sql`n.asset_id = r.asset_id`]
  if (!areWhole(things)) conditions.push(Prisma.sql`n.materialization_id = r.materialization_id`)
  if (after !== null)
    conditions.push(
      Prisma.sql`(n.checked_at, n.id) < (${after.checkedAt}::timestamptz, ${after.checkId}::uuid)`,
    )
  const rows = await database.runComposed<CheckResult>(Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT r.asset_id, unnest(ARRAY(
        SELECT n.id FROM check_result n WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY n.checked_at DESC, n.id DESC LIMIT ${count})) AS id
      FROM unnest(${assetIdsOf(things)}::uuid[], ${materializationIdsOf(things)}::uuid[])
        AS r(asset_id, materialization_id)
    )
    SELECT ${Prisma.raw(COLUMNS)} FROM page p JOIN check_result c ON c.asset_id = p.asset_id AND c.id = p.id
    ORDER BY c.checked_at DESC, c.id DESC`)
  const histories = new Map(things.map((thing): [string, CheckResult[]] => [keyOfThing(thing), []]))
  for (const row of rows) histories.get(keyOfRow(row, things))?.push(row)
  return things.map((thing) => histories.get(keyOfThing(thing)) ?? [])
}

/** How many each thing has. All are materializations, or all are assets. */
export async function countChecks(database: Database, things: readonly CheckedThing[]): Promise<number[]> {
  const [recorded, asserted] = await Promise.all([
    countRecorded(database, things),
    countAsserted(database, things),
  ])
  return recorded.map((count, at) => count + (asserted[at] ?? 0))
}

async function countRecorded(database: Database, things: readonly CheckedThing[]): Promise<number[]> {
  const perThing = Prisma.raw(areWhole(things) ? 'NULL::uuid' : 'c.materialization_id')
  const rows = await database.runComposed<{
    assetId: string
    materializationId: string | null
    total: number
  }>(Prisma.sql`
    SELECT c.asset_id AS "assetId", ${perThing} AS "materializationId", count(*)::int AS total
    FROM check_result c
    WHERE c.asset_id = ANY(${assetIdsOf(things)}::uuid[])
      ${areWhole(things) ? Prisma.empty : Prisma.sql`AND c.materialization_id = ANY(${materializationIdsOf(things)}::uuid[])`}
    GROUP BY 1, 2`)
  const totals = new Map(rows.map((row) => [keyOfThing(row), row.total]))
  return things.map((thing) => totals.get(keyOfThing(thing)) ?? 0)
}

const keyOfThing = ({ assetId, materializationId }: CheckedThing) => `${assetId}${materializationId ?? ''}`
const keyOfRow = ({ assetId, materializationId }: CheckResult, things: readonly CheckedThing[]) =>
  keyOfThing({ assetId, materializationId: areWhole(things) ? null : materializationId })
