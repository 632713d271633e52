import { createTestDatabase, type TestDatabase } from '../harness/database.js'

/** The tables as a Marie-AI of 2026 makes them, in the schema marie_scheduler. */
export const MARIE_TABLES = `
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
  const database = await createTestDatabase()
  for (const statement of MARIE_TABLES.split(';')) await database.sql(statement)
  return database
}
