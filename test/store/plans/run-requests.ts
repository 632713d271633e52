import { query, type Request } from './request.js'

const FILTERED = 'its filter and its cursor are put in where they are given'
const PAGE = 'nodes { id } pageInfo { endCursor }'
const PARTS = `parent { run { id } } children { ${PAGE} totalCount } inputs { ${PAGE} } outputs { ${PAGE} }
  materializations { totalCount nodes { id run { id } } }`

const listed = (name: string, filter: string, index: string): Request =>
  query(`runs ${name}`, `{ runs(filter: ${filter}) { ${PAGE} totalCount } }`, {
    because: FILTERED,
    uses: [index],
  })

/** Runs, and what hangs on them. */
export const RUN_REQUESTS: readonly Request[] = [
  query('all runs', `{ runs { ${PAGE} } }`, { because: FILTERED, uses: ['run_begun_at_id_idx'] }),
  listed('of a job', '{ jobNamespace: "jobs", jobName: "job-77" }', 'run_job_key_begun_at_id_idx'),
  listed('of a namespace', '{ jobNamespace: "nobody" }', 'run_job_namespace_begun_at_id_idx'),
  listed('of a DAG', '{ dagId: "run-77" }', 'run_dag_id_begun_at_id_idx'),
  listed('that have failed', '{ state: FAILED }', 'run_state_begun_at_id_idx'),
  listed(
    'of a parent',
    '{ parent: { jobNamespace: "jobs", jobName: "job-7", runId: "7" } }',
    'run_parent_id_begun_at_id_idx',
  ),
  query('runs with their parts', `{ runs(first: 20) { nodes { ${PARTS} } } }`, {
    because: FILTERED,
    uses: ['run_begun_at_id_idx'],
  }),
]
