import { type Corrections, reconcile } from './reconcile.js'
import type { Run } from './sql.js'

const RUN = [
  'job_namespace',
  'job_name',
  'job_key',
  'run_id',
  'state',
  'begun_at',
  'started_at',
  'ended_at',
  'nominal_start_at',
  'nominal_end_at',
  'error_message',
  'parent_id',
  'root_id',
  'parent',
  'root',
  'dag_id',
  'node_task_id',
  'input_ids',
  'output_ids',
  'merged',
] as const

const MATERIALIZATION = [
  'version',
  'job_id',
  'dag_id',
  'node_task_id',
  'partition_key',
  'storage_event_id',
  'size_bytes',
  'checksum',
  'uri',
  'code_version',
  'metadata',
  'materialized_at',
  'run_id',
] as const

const ASSERTIONS = [
  'run_id',
  'materialization_id',
  'version',
  'partition_key',
  'as_of',
  'dag_id',
  'checked_at',
  'results',
  'result_count',
] as const

/** Whether `t` hangs on a materialization of a run that has been replayed. */
const IS_OF_RUN = `EXISTS (SELECT FROM pg_temp.materialization m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)
  OR EXISTS (SELECT FROM pg_temp.unmade m WHERE m.asset_id = t.asset_id AND m.id = t.materialization_id)`

/**
 * Runs, what they have made, asserted and dropped are what their events come to. A run of which there is no event (they can have been
 * deleted), or one that cannot be read, stays with all that it has made.
 */
export async function mendRuns(run: Run): Promise<Corrections[]> {
  const runs = await reconcile(run, {
    table: 'run',
    source: 'pg_temp.run',
    key: ['id'],
    content: RUN,
    beside: ['updated_at'],
  })
  await run(
    `CREATE TEMP TABLE unmade ON COMMIT DROP AS
     SELECT t.asset_id, t.id FROM public.materialization t
     WHERE t.run_id IN (SELECT id FROM pg_temp.run)
       AND NOT EXISTS (SELECT FROM pg_temp.materialization n WHERE n.asset_id = t.asset_id AND n.id = t.id)`,
  )
  const materializations = await reconcile(run, {
    table: 'materialization',
    source: 'pg_temp.materialization',
    key: ['asset_id', 'id'],
    content: MATERIALIZATION,
    added: ['recorded_at'],
    removed: 't.run_id IN (SELECT id FROM pg_temp.run)',
    asset: 'asset_id',
    isStamped: true,
  })
  const inputs = await reconcile(run, {
    table: 'materialization_input',
    source: 'pg_temp.materialization_input',
    key: ['asset_id', 'materialization_id', 'upstream_id', 'position'],
    content: ['version', 'partition_key', 'materialized_at'],
    removed: IS_OF_RUN,
    asset: 'asset_id',
  })
  const schemas = await reconcile(run, {
    table: 'materialization_schema',
    source: 'pg_temp.materialization_schema',
    key: ['asset_id', 'materialization_id'],
    content: ['hash'],
    removed: IS_OF_RUN,
  })
  const assertions = await reconcile(run, {
    table: 'run_assertions',
    source: 'pg_temp.run_assertions',
    key: ['asset_id', 'id'],
    content: ASSERTIONS,
    removed: 't.run_id IN (SELECT id FROM pg_temp.run)',
  })
  // What people have said is kept nowhere else: it stays.
  const lifecycle = await reconcile(run, {
    table: 'asset_lifecycle',
    source: 'pg_temp.asset_lifecycle',
    key: ['asset_id', 'id'],
    content: ['run_id', 'is_retired', 'since'],
    removed: 't.run_id IN (SELECT id FROM pg_temp.run)',
    asset: 'asset_id',
  })
  return [runs, materializations, inputs, schemas, assertions, lifecycle]
}
