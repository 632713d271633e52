import { join } from 'node:path'
import { dumpTables } from '../harness/dump.js'
import type { TestServer } from '../harness/server.js'
import { type Folder, headwater, type Run, type RunOptions } from './run-headwater.js'

/** Of a test that starts many programs, one after the other. */
export const SLOW_MS = 120_000

/** Runs an import, whose state is in the folder. */
export function importMarie(
  source: { url: string },
  url: string,
  folder: Folder,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Run> {
  const state = join(folder.path, 'state.json')
  return headwater(['import', 'marie', '--from', source.url, '--state', state, ...args], { url, ...options })
}

/** A materialization as it was imported. */
export interface Imported {
  asset: { namespace: string; key: string }
  version: string | null
  jobId: string
  dagId: string | null
  nodeTaskId: string | null
  partitionKey: string | null
  storageEventId: number | null
  sizeBytes: number | null
  checksum: string | null
  uri: string
  metadata: object
  materializedAt: string
  inputs: {
    asset: { namespace: string; key: string }
    version: string | null
    partitionKey: string | null
    resolution: string
  }[]
  checks: {
    nodes: { name: string; status: string; severity: string; details: object | null; checkedAt: string }[]
  }
}

/** What the server has, by the row's id in the source, which the test data has in its place. */
export async function importedBy(server: TestServer): Promise<Map<number, Imported>> {
  const { materializations } = await server.query<{ materializations: { nodes: Imported[] } }, never>(
    `{ materializations(first: 1000) { nodes {
      asset { namespace key } version jobId dagId nodeTaskId partitionKey storageEventId sizeBytes checksum uri metadata
      materializedAt inputs { asset { namespace key } version partitionKey resolution }
      checks(first: 10) { nodes { name status severity details checkedAt } } } } }`,
  )
  return new Map(materializations.nodes.map((one) => [Number(one.uri.match(/\d+(?=\.json$|$)/)?.[0]), one]))
}

/** What dumpTables leaves out; without what the server's clock said. */
export async function dumpAll(server: TestServer): Promise<object> {
  const { sql } = server.database
  return {
    ...(await dumpTables(server)),
    nodes: await sql(
      'SELECT dag_id, dag_name, node_task_id, upstream_nodes FROM node_config ORDER BY dag_id, node_task_id',
    ),
    expected:
      await sql(`SELECT c.dag_id, c.node_task_id, a.key, e.position, e.is_primary, e.is_required, e.metadata
      FROM expected_asset e JOIN node_config c ON c.id = e.node_config_id JOIN asset a ON a.id = e.asset_id
      ORDER BY c.dag_id, c.node_task_id, e.position`),
    checks: await sql(`SELECT m.uri, r.name, r.status, r.severity, r.details, r.checked_at
      FROM check_result r JOIN materialization m ON m.asset_id = r.asset_id AND m.id = r.materialization_id
      ORDER BY m.uri, r.checked_at`),
  }
}
