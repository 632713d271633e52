import type { Run } from '../rebuild/sql.js'
import { type Counts, isVictim, type PruneRule } from './rule.js'

/** Whether the schema `s` is old and not the one that its asset has, as SQL. */
const isFormer = (horizon: string) => `s.stated_at < ${horizon} AND EXISTS (
  SELECT FROM asset_schema n WHERE n.asset_id = s.asset_id AND (n.stated_at, n.hash) > (s.stated_at, s.hash))`

/** What has it, as SQL. */
const HELD = 'materialization_schema h WHERE h.asset_id = s.asset_id AND h.hash = s.hash'

const CREATE = 'CREATE TEMP TABLE victim_schema (asset_id uuid, hash bytea, place bigint PRIMARY KEY)'

const FIND = `INSERT INTO victim_schema
  SELECT s.asset_id, s.hash, row_number() OVER (ORDER BY s.asset_id, s.hash)
  FROM asset_schema s
  WHERE ${isFormer('$1')} AND NOT EXISTS (SELECT FROM ${HELD} AND NOT ${isVictim('h.asset_id', 'h.materialization_id')})
    AND ($2::text IS NULL OR EXISTS (SELECT FROM asset a WHERE a.id = s.asset_id AND a.namespace = $2))`

/** Lists the schemas that no asset has any more, nor what stays of its materializations. */
export async function planSchemas(run: Run, { horizon, namespace }: PruneRule): Promise<void> {
  await run(CREATE)
  await run(FIND, [horizon, namespace])
  await run('ANALYZE victim_schema')
}

const AT_PLACE = `s.asset_id = v.asset_id AND s.hash = v.hash AND v.place > $1 AND v.place <= $2`

/** Whoever states one of them again meanwhile has it locked, changed or not. */
const LOCK = `SELECT FROM asset_schema s JOIN victim_schema v ON ${AT_PLACE}
  ORDER BY s.asset_id, s.hash FOR UPDATE OF s`

const REMOVE = `WITH gone AS (
    DELETE FROM asset_schema s USING victim_schema v
    WHERE ${AT_PLACE} AND ${isFormer('$3')} AND NOT EXISTS (SELECT FROM ${HELD}) RETURNING 1)
  SELECT count(*)::float8 AS asset_schema FROM gone`

/** Removes what is planned at places up to `last` and behind `first`, but for what is needed by now. In a transaction. */
export async function removeSchemas(
  run: Run,
  { horizon }: PruneRule,
  first: number,
  last: number,
): Promise<Counts> {
  await run('LOCK TABLE asset_name IN ROW SHARE MODE')
  await run(LOCK, [first, last])
  const [counts] = await run<Counts>(REMOVE, [first, last, horizon])
  return counts ?? {}
}
