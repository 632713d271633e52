import { type AssetConfig, specsOf } from './asset-config.js'
import type { EndpointOptions } from './http/endpoint.js'
import { LineageClient } from './lineage-client.js'
import { type AssetSpec, type NodeAssetSpec, predefinedSpecOf } from './node-specs.js'

/** A node of a DAG: its name, or whatever has one; the first of these that is there is it. */
export type DagNode =
  | string
  | { readonly nodeTaskId: string }
  | { readonly name: string }
  | { readonly taskId: string }
  | { readonly id: string }

/** What an upstream node produced, as an executor names it when it records. */
export interface UpstreamOfNode {
  assetKey: string
  latestVersion: string | null
  partitionKey: string | null
  namespace: string
}

/** A client of one's own, or how to make one; and what nodes are expected to make. */
export type DAGAssetMapperOptions = (EndpointOptions | { client: LineageClient }) & {
  assetConfig?: AssetConfig
  /** Of the specs that name none; by default they name none. */
  namespace?: string
}

/** Maps the nodes of a DAG to assets: what each is expected to make, and what it is made from. */
export class DAGAssetMapper {
  readonly #client: LineageClient
  readonly #namespace: string | undefined
  readonly #specs: ReadonlyMap<string, NodeAssetSpec>

  /** Throws a TypeError that names what is wrong in the `assetConfig`, and where. */
  constructor({ assetConfig = {}, namespace, ...options }: DAGAssetMapperOptions = {}) {
    this.#client = 'client' in options ? options.client : new LineageClient(options)
    this.#namespace = namespace
    this.#specs = new Map(specsOf(assetConfig).map((spec) => [spec.nodeTaskId, spec]))
  }

  /**
   * What a node is expected to make: as the configuration says, else as is usual for a name in which one of the words
   * `ocr`, `extract`, `classify` and `locate` stands, else nothing. Each spec names the DAG in its metadata. `namespace`
   * is that of specs that name none, by default the mapper's.
   */
  nodeToAssetSpecs(dagName: string, node: DagNode, namespace = this.#namespace): AssetSpec[] {
    const name = nameOf(node)
    const spec = this.#specs.get(name) ?? predefinedSpecOf(name)
    return (spec?.assets ?? []).map((each) => ({
      ...each,
      ...(namespace === undefined ? {} : { namespace: each.namespace ?? namespace }),
      metadata: { ...each.metadata, dagName },
    }))
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
      namespace: asset.namespace,
    }))
  }
}

const NAMES = ['nodeTaskId', 'name', 'taskId', 'id'] as const

function nameOf(node: DagNode): string {
  if (typeof node === 'string') return node
  const named: Partial<Record<(typeof NAMES)[number], string>> = node
  const name = NAMES.map((each) => named[each]).find((each) => each != null)
  if (name === undefined) throw new TypeError(`node: expected a name, or something with one, got ${node}`)
  return String(name)
}
