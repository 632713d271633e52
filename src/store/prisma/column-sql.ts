import type { ColumnRows } from '../../lineage/columns/column-collector.js'
import { bareArray, instantArray, textArray } from './array-literals.js'

/** The parts of a write that columns have, with the parameters $32 to $46 of columnValues; they are carried out last. */
export const WRITE_COLUMNS = `"column edges" AS (
     INSERT INTO column_edge AS s (asset_id, column_name, upstream_id, upstream_column, is_indirect, transformations,
       stated_at, first_seen_at, last_seen_at)
     SELECT * FROM unnest($38::uuid[], $39::text[], $40::uuid[], $41::text[], $42::boolean[], $43::text[],
       $44::timestamptz[], $45::timestamptz[], $46::timestamptz[])
     ON CONFLICT (asset_id, column_name, upstream_id, upstream_column, is_indirect) DO UPDATE SET
       transformations = CASE
         WHEN (excluded.stated_at, excluded.transformations) > (s.stated_at, s.transformations)
         THEN excluded.transformations ELSE s.transformations END,
       stated_at = GREATEST(s.stated_at, excluded.stated_at),
       first_seen_at = LEAST(s.first_seen_at, excluded.first_seen_at),
       last_seen_at = GREATEST(s.last_seen_at, excluded.last_seen_at)
     WHERE excluded.first_seen_at < s.first_seen_at OR excluded.last_seen_at > s.last_seen_at
       OR (excluded.stated_at, excluded.transformations) > (s.stated_at, s.transformations)
   ), "column names" AS (
     INSERT INTO asset_column (asset_id, name) SELECT * FROM unnest($33::uuid[], $34::text[])
     ON CONFLICT (asset_id, name) DO NOTHING
   ), schemas AS (
     INSERT INTO asset_schema AS s (asset_id, hash, columns, stated_at)
     SELECT "assetId", decode(hash, 'hex'), columns, "statedAt"
     FROM json_to_recordset($32::json) AS r("assetId" uuid, hash text, columns jsonb, "statedAt" timestamptz)
     ON CONFLICT (asset_id, hash) DO UPDATE SET stated_at = excluded.stated_at
     WHERE excluded.stated_at > s.stated_at
   ), "schemas held" AS (
     INSERT INTO materialization_schema (asset_id, materialization_id, hash)
     SELECT asset_id, materialization_id, decode(hash, 'hex')
     FROM unnest($35::uuid[], $36::uuid[], $37::text[]) AS r(asset_id, materialization_id, hash)
   ), `

/** Whether a write has these parts. */
export function hasColumns({ names, schemas, held, edges }: ColumnRows): boolean {
  return names.length + schemas.length + held.length + edges.length > 0
}

/** The values of their parameters. */
export function columnValues({ names, schemas, held, edges }: ColumnRows): string[] {
  return [
    JSON.stringify(schemas),
    bareArray(names.map(({ assetId }) => assetId)),
    textArray(names.map(({ name }) => name)),
    bareArray(held.map(({ assetId }) => assetId)),
    bareArray(held.map(({ materializationId }) => materializationId)),
    bareArray(held.map(({ hash }) => `"${hash}"`)),
    bareArray(edges.map(({ assetId }) => assetId)),
    textArray(edges.map(({ column }) => column)),
    bareArray(edges.map(({ upstreamId }) => upstreamId)),
    textArray(edges.map(({ upstreamColumn }) => upstreamColumn)),
    bareArray(edges.map(({ isIndirect }) => String(isIndirect))),
    textArray(edges.map(({ transformations }) => transformations)),
    instantArray(edges.map(({ statedAt }) => statedAt)),
    instantArray(edges.map(({ firstSeenAt }) => firstSeenAt)),
    instantArray(edges.map(({ lastSeenAt }) => lastSeenAt)),
  ]
}
