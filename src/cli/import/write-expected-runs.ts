import {
  type AssetSpecInput,
  type NodeAssetConfigInput,
  RegisterAssetConfigDocument,
} from '../../../schema/operations.generated.js'
import type { Client } from '../client.js'
import { inFlight } from '../record/in-flight.js'
import { parseJsonObject } from './exact-json.js'
import type { Journal } from './journal.js'
import { type KnownAssets, knownAssets } from './known-assets.js'
import type { ExpectedRun } from './read-expected-runs.js'
import { type Refusals, refusalOf } from './refusals.js'
import { DAG_ASSET_MAP } from './tables.js'

const MOST_IN_FLIGHT = 4

/**
 * Registers what the nodes of DAG runs were expected to make, each run whole or not at all. A node of which the server
 * knows already stays as it is: it may have been changed since an earlier import.
 */
export async function writeExpectedRuns(
  client: Client,
  runs: readonly ExpectedRun[],
  journal: Journal,
  refusals: Refusals,
): Promise<void> {
  const known = await knownAssets(
    client,
    runs.flatMap(({ rows, registry }) =>
      rows.map(({ asset_key: key }) => ({ namespace: registry.namespaceOf(key ?? ''), key: key ?? '' })),
    ),
  )
  await inFlight(runs, MOST_IN_FLIGHT, async (run) => {
    const refusal = await refusalOf(async () => {
      const dagName = run.rows.find(({ dag_name }) => dag_name)?.dag_name ?? null
      const input = { dagId: run.dagId, dagName, nodes: nodesOf(run, known), unlessRegistered: true }
      const { registerAssetConfig } = await client.request(RegisterAssetConfigDocument, { input })
      if (registerAssetConfig.nodeCount === 0) return
      journal.tally.dagRuns++
      journal.tally.expectedAssets += registerAssetConfig.assetCount
    })
    if (refusal !== null) {
      refusals.add({ table: DAG_ASSET_MAP.name, id: `of dag_id ${run.dagId}`, message: refusal })
    }
  })
}

/** A row of the source is an asset of a node; each of them repeats the node's upstream nodes. */
function nodesOf({ rows, registry }: ExpectedRun, known: KnownAssets): NodeAssetConfigInput[] {
  const nodes = new Map<string, { assets: AssetSpecInput[]; upstreamNodes: Set<string> | null }>()
  for (const row of rows) {
    const nodeTaskId = row.node_task_id ?? ''
    const node = nodes.get(nodeTaskId) ?? { assets: [], upstreamNodes: null }
    nodes.set(nodeTaskId, node)
    if (row.upstream_nodes !== null) {
      node.upstreamNodes = new Set([...(node.upstreamNodes ?? []), ...row.upstream_nodes])
    }
    const key = row.asset_key ?? ''
    const namespace = registry.namespaceOf(key)
    // What the registry says comes later, and counts; what the server has already need not be said again.
    const isSaid = registry.kindOf(key) !== null || known(namespace, key)?.kind === row.kind
    node.assets.push({
      key,
      namespace,
      kind: isSaid ? null : row.kind || null,
      isPrimary: row.is_primary,
      isRequired: row.is_required,
      metadata: parseJsonObject(row.metadata),
    })
  }
  return [...nodes].map(([nodeTaskId, { assets, upstreamNodes }]) => ({
    nodeTaskId,
    assets,
    upstreamNodes: upstreamNodes === null ? null : [...upstreamNodes],
  }))
}
