import { Random } from '../../src/cli/demo/random.js'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.js'

/** The tables as a Marie-AI of 2026 makes them, in the schema marie_scheduler. */
const MARIE_TABLES = `
  CREATE SCHEMA marie_scheduler;
  SET search_path = marie_scheduler;
  CREATE TABLE asset_registry (
    id bigserial PRIMARY KEY, asset_key varchar(255) NOT NULL UNIQUE,
    namespace varchar(100) NOT NULL DEFAULT 'marie-ai', kind varchar(50) NOT NULL, description text,
    tags jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE dag_asset_map (
    id bigserial PRIMARY KEY, dag_id uuid NOT NULL, dag_name varchar(255) NOT NULL,
    node_task_id varchar(255) NOT NULL, asset_key varchar(255) NOT NULL, kind varchar(50) NOT NULL,
    job_level integer NOT NULL, is_primary boolean NOT NULL DEFAULT false,
    is_required boolean NOT NULL DEFAULT true, upstream_nodes text[] NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (dag_id, node_task_id, asset_key));
  CREATE TABLE asset_materialization (
    id bigserial PRIMARY KEY, storage_event_id bigint, asset_key varchar(255) NOT NULL,
    asset_version varchar(100), job_id uuid NOT NULL, dag_id uuid, node_task_id varchar(255),
    partition_key varchar(255), size_bytes bigint, checksum varchar(128), uri text,
    metadata jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (storage_event_id, asset_key));
  CREATE TABLE asset_lineage (
    id bigserial PRIMARY KEY,
    materialization_id bigint NOT NULL REFERENCES asset_materialization(id) ON DELETE CASCADE,
    upstream_asset_key varchar(255) NOT NULL, upstream_version varchar(100),
    upstream_partition_key varchar(255), created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX ON asset_lineage (materialization_id);
  CREATE TABLE asset_check_result (
    id bigserial PRIMARY KEY,
    materialization_id bigint NOT NULL REFERENCES asset_materialization(id) ON DELETE CASCADE,
    asset_key varchar(255) NOT NULL, partition_key varchar(255), check_name varchar(100) NOT NULL,
    status varchar(20) NOT NULL, details jsonb, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX ON asset_check_result (materialization_id);
  RESET search_path`

/** A database as a Marie-AI has it: the tables, empty. */
export async function createMarie(): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  await database.sql(MARIE_TABLES)
  return database
}

/** What each node makes, and from what. `raw/documents` is never made, only used. */
const PIPELINE = [
  { node: 'ocr', makes: ['ocr/text', 'ocr/bboxes'], from: ['raw/documents'], after: [] },
  { node: 'classify', makes: ['classify/document_type'], from: ['ocr/text'], after: ['ocr'] },
  {
    node: 'extract',
    makes: ['extract/claims', 'extract/service_lines'],
    from: ['ocr/text', 'ocr/bboxes', 'classify/document_type'],
    after: ['ocr', 'classify'],
  },
  { node: 'report', makes: ['report/daily'], from: ['extract/claims', 'report/daily'], after: ['extract'] },
] as const

const KINDS: Record<string, string> = {
  'ocr/text': 'text',
  'ocr/bboxes': 'bbox',
  'classify/document_type': 'classification',
  'extract/claims': 'json',
  'extract/service_lines': 'table',
  'report/daily': 'document',
}

/**
 * Fills the tables as a pipeline does that runs over documents: `runs` DAG runs, 24 materializations each, with
 * upstreams that name a version or none, a partition or none; runs again; checks; expected assets. The same for
 * the same number of runs.
 */
export async function fillMarie({ sql }: TestDatabase, runs: number): Promise<void> {
  const random = new Random(7)
  const uuid = () =>
    `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`
  const rows = {
    made: [] as unknown[],
    lineage: [] as unknown[],
    checks: [] as unknown[],
    expected: [] as unknown[],
  }
  // In microseconds: the source keeps them.
  let clock = Date.UTC(2026, 0, 5) * 1_000
  const versions = new Map<string, string>()
  for (let run = 0; run < runs; run++) {
    const dag_id = uuid()
    for (let document = 0; document < 4; document++) {
      const partition = random.between(0, 9) === 0 ? null : `doc-${random.between(1, 12)}`
      for (const { node, makes, from } of PIPELINE) {
        const job_id = uuid()
        // Some come without the storage event that most have.
        const storage_event_id = random.between(0, 3) === 0 ? null : 1_000 + rows.made.length
        for (const asset_key of makes) {
          const id = rows.made.length + 1
          const version = random.between(0, 19) === 0 ? null : `v:sha256:${hex(random, 64)}`
          clock += random.between(1, 90_000_000)
          rows.made.push({
            id,
            storage_event_id,
            asset_key,
            asset_version: version,
            job_id,
            dag_id: random.between(0, 9) === 0 ? null : dag_id,
            node_task_id: node,
            partition_key: partition,
            size_bytes: random.between(0, 5_000_000),
            checksum: hex(random, 64),
            uri: `s3://docs/${id}.json`,
            metadata: { pages: random.between(1, 9), model: { name: 'm' } },
            created_at: isoMicros(clock),
          })
          for (const upstream of from) {
            rows.lineage.push({
              materialization_id: id,
              upstream_asset_key: upstream,
              upstream_version: random.between(0, 2) === 0 ? null : (versions.get(upstream) ?? 'v:unknown'),
              upstream_partition_key: random.between(0, 2) === 0 ? null : partition,
            })
          }
          if (random.between(0, 2) === 0) {
            rows.checks.push({
              materialization_id: id,
              asset_key,
              partition_key: partition,
              check_name: random.pick(['row_count', 'schema']),
              status: random.pick(['passed', 'failed', 'skipped']),
              details: random.pick([null, { rows: id }]),
              created_at: isoMicros(clock + 5_000_000),
            })
          }
          if (version !== null) versions.set(asset_key, version)
        }
      }
    }
    for (const { node, makes, after } of PIPELINE) {
      for (const [at, asset_key] of makes.entries()) {
        rows.expected.push({
          dag_id,
          dag_name: 'documents',
          node_task_id: node,
          asset_key,
          kind: KINDS[asset_key],
          job_level: after.length,
          is_primary: at === 0,
          is_required: at === 0,
          upstream_nodes: after,
          metadata: { at },
        })
      }
    }
  }
  await insert(sql, 'asset_materialization', rows.made)
  await insert(sql, 'asset_lineage', rows.lineage)
  await insert(sql, 'asset_check_result', rows.checks)
  await insert(sql, 'dag_asset_map', rows.expected)
  await insert(sql, 'asset_registry', [
    ...Object.entries(KINDS).map(([asset_key, kind]) => ({
      asset_key,
      kind,
      namespace: asset_key === 'report/daily' ? 'reports' : 'marie-ai',
      description: `What ${asset_key} is`,
      tags: { team: 'documents' },
    })),
    { asset_key: 'index/never', kind: 'vector', namespace: 'marie-ai', description: null, tags: {} },
  ])
  await sql(`SELECT setval('marie_scheduler.asset_materialization_id_seq', ${rows.made.length})`)
}

/** Columns that the first row does not name get their defaults. */
async function insert(sql: TestDatabase['sql'], table: string, rows: readonly unknown[]): Promise<void> {
  const columns = Object.keys(rows[0] as object).join(', ')
  await sql(
    `INSERT INTO marie_scheduler.${table} (${columns})
     SELECT ${columns} FROM json_populate_recordset(NULL::marie_scheduler.${table}, $1)`,
    [JSON.stringify(rows)],
  )
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => random.between(0, 15).toString(16)).join('')
}

function isoMicros(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1_000_000) * 1_000).toISOString().slice(0, 19)
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}Z`
}
