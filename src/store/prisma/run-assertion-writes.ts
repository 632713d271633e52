import type { AssertionPlan } from '../../lineage/openlineage/plan-assertions.js'
import { bareArray } from './array-literals.js'
import type { Session } from './database.js'
import { statement } from './statement.js'

const PUT = statement(
  'put run assertions',
  `INSERT INTO run_assertions (asset_id, id, run_id, materialization_id, version, partition_key, as_of, dag_id,
     checked_at, results, result_count)
   SELECT "assetId", id, "runId", "materializationId", version, "partitionKey", "asOf", "dagId", "checkedAt", results,
     json_array_length(results)
   FROM json_to_recordset($1::json) AS r("assetId" uuid, id uuid, "runId" uuid, "materializationId" uuid, version text,
     "partitionKey" text, "asOf" timestamptz, "dagId" text, "checkedAt" timestamptz, results json)
   ON CONFLICT (asset_id, id) DO UPDATE SET
     materialization_id = excluded.materialization_id, version = excluded.version,
     partition_key = excluded.partition_key, as_of = excluded.as_of, dag_id = excluded.dag_id,
     checked_at = excluded.checked_at, results = excluded.results, result_count = excluded.result_count,
     transaction_id = pg_current_xact_id()`,
)

const FORGET = statement(
  'forget run assertions',
  `DELETE FROM run_assertions a USING unnest($1::uuid[], $2::uuid[]) AS r(asset_id, id)
   WHERE a.asset_id = r.asset_id AND a.id = r.id`,
)

/** Writes what has changed, of runs that this transaction holds; nothing where nothing has. */
export async function writeAssertions(session: Session, { put, gone }: AssertionPlan): Promise<void> {
  if (put.length > 0) await session.run(PUT, [JSON.stringify(put)])
  if (gone.length === 0) return
  await session.run(FORGET, [
    bareArray(gone.map(({ assetId }) => assetId)),
    bareArray(gone.map(({ id }) => id)),
  ])
}
