import type { RecordMaterializationsInput } from '../../../schema/operations.generated.js'
import { parseJsonObject } from './exact-json.js'
import type { Registry } from './registry.js'
import type { ASSET_LINEAGE, ASSET_MATERIALIZATION, RowOf } from './tables.js'

/** Of a row that names no job: a recording must have one. */
const UNKNOWN_JOB = 'unknown'

/**
 * One row of asset_materialization as a recording. `upstreams`: its rows of asset_lineage, in their order. An empty
 * text says as much as null. Throws a SyntaxError where the metadata is no JSON.
 */
export function toRecording(
  row: RowOf<typeof ASSET_MATERIALIZATION>,
  upstreams: readonly RowOf<typeof ASSET_LINEAGE>[],
  registry: Registry,
  keyPrefix: string,
): RecordMaterializationsInput {
  const key = row.asset_key ?? ''
  return {
    idempotencyKey: `${keyPrefix}${row.id}`,
    jobId: row.job_id || UNKNOWN_JOB,
    dagId: row.dag_id || null,
    nodeTaskId: row.node_task_id || null,
    partitionKey: row.partition_key || null,
    storageEventId: row.storage_event_id,
    materializedAt: row.created_at,
    assets: [
      {
        key,
        namespace: registry.namespaceOf(key),
        version: row.asset_version || null,
        sizeBytes: row.size_bytes,
        checksum: row.checksum || null,
        uri: row.uri || null,
        metadata: parseJsonObject(row.metadata),
        upstream: upstreams.map((upstream) => ({
          key: upstream.upstream_asset_key ?? '',
          namespace: registry.namespaceOf(upstream.upstream_asset_key ?? ''),
          version: upstream.upstream_version || null,
          partitionKey: upstream.upstream_partition_key || null,
        })),
      },
    ],
  }
}
