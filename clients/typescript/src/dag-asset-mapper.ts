import { type AssetConfig, specsOf } from './asset-config.js'
import type { EndpointOptions } from './http/endpoint.js'
import { LineageClient } from './lineage-client.js'
import { type AssetSpec, PREDEFINED_ASSET_SPECS } from './node-specs.js'

/** A node of a DAG: its name, or whatever has one. */
export type DagNode = string | { readonly name: string }

/** What an upstream node produced, as an executor names it when it records. */
export interface UpstreamOfNode {
  assetKey: string
  latestVersion: string | null
  partitionKey: string | null
}

/** A client of one's own, or how to make one; and what nodes are expected to make. */
export type DAGAssetMapperOptions = (EndpointOptions | { client: LineageClient }) & {
  assetConfig?: AssetConfig
}

/** Maps the nodes of a DAG to assets: what each is expected to make, and what it is made from. */
export class DAGAssetMapper {
  readonly #client: LineageClient
  readonly #assetConfig: AssetConfig

  constructor({ assetConfig = {}, ...options }: DAGAssetMapperOptions = {}) {
    this.#client = 'client' in options ? options.client : new LineageClient(options)
    this.#assetConfig = assetConfig
  }

  /**
   * What a node is expected to make: as the configuration says, else as the predefined specs of its name do, else
   * nothing. Each spec names the DAG in its metadata.
   */
  nodeToAssetSpecs(dagName: string, node: DagNode, namespace = 'default'): AssetSpec[] {
    const name = typeof node === 'string' ? node : node.name
    const config = ownMember(this.#assetConfig, name)
    const specs = config === undefined ? ownMember(PREDEFINED_ASSET_SPECS, name)?.assets : specsOf(config)
    return (specs ?? []).map((spec) => ({ ...spec, namespace, metadata: { ...spec.metadata, dagName } }))
  }

  /**
   * What the upstream nodes of a node have produced, in this DAG run where they have, else lately: the inputs to
   * record with what the node makes.
   */
  async getUpstreamAssetsForNode(dagId: string, nodeTaskId: string): Promise<UpstreamOfNode[]> {
    const upstream = await this.#client.upstreamAssets(dagId, nodeTaskId)
    return upstream.map(({ asset, version, partitionKey }) => ({
      assetKey: asset.key,
      latestVersion: version,
      partitionKey,
    }))
  }
}

/** A node may have any name, even that of something which every object has. */
function ownMember<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
