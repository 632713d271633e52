import { badUserInput } from '../../errors/headwater-error.js'
import { quoted } from '../../util/quoted.js'
import { assetIdOf } from '../asset-ref.js'
import { BOUNDS, checkCount, checkMetadata, checkName, checkText } from '../recording/bounds.js'
import { checkAssetRef, checkOptional } from '../recording/check-asset-ref.js'
import { checkKinds } from '../recording/check-recording.js'
import { type AssetSpec, type NodeConfig, nodeConfigIdOf } from './node-config.js'

/** The most nodes of a call. */
const MOST_NODES = 1_000
/** The most assets that a node may be expected to make, and the most upstream nodes it may have. */
const MOST_PER_NODE = 1_000
/** The most expected assets of a call. */
const MOST_ASSETS = 10_000

/** As clients give it: null means the same as absent. */
export interface AssetConfigInput {
  dagId?: string | null | undefined
  dagName?: string | null | undefined
  nodes: readonly NodeAssetConfigInput[]
  /** Whether nodes of which something is registered stay as they are. */
  unlessRegistered?: boolean | null | undefined
}

/** What a client says of one node. */
export interface NodeAssetConfigInput {
  nodeTaskId: string
  upstreamNodes?: readonly string[] | null | undefined
  assets: readonly AssetSpecInput[]
}

/** What a client says of one asset of a node. */
export interface AssetSpecInput {
  key: string
  namespace?: string | null | undefined
  kind?: string | null | undefined
  kinds?: readonly string[] | null | undefined
  isPrimary?: boolean | null | undefined
  isRequired?: boolean | null | undefined
  description?: string | null | undefined
  metadata?: Record<string, unknown> | null | undefined
}

/** Checks every bound of a config and fills in its defaults. Throws BAD_USER_INPUT, naming the field. */
export function checkAssetConfig(input: AssetConfigInput): NodeConfig[] {
  const dagId = checkOptional('input.dagId', input.dagId, BOUNDS.idCharacters)
  const dagName = checkOptional('input.dagName', input.dagName, BOUNDS.idCharacters)
  checkCount('input.nodes', input.nodes.length, 1, MOST_NODES)
  const nodes = input.nodes.map((node, at) => {
    const field = `input.nodes[${at}]`
    const nodeTaskId = checkName(`${field}.nodeTaskId`, node.nodeTaskId, BOUNDS.idCharacters)
    return {
      id: nodeConfigIdOf(dagId, nodeTaskId),
      dagId,
      nodeTaskId,
      dagName,
      upstreamNodes:
        node.upstreamNodes == null ? null : checkNodeNames(`${field}.upstreamNodes`, node.upstreamNodes),
      assets: checkSpecs(`${field}.assets`, node.assets),
    }
  })
  checkEachOnce('input.nodes', 'nodeTaskId', nodes, ({ nodeTaskId }) => nodeTaskId)
  const count = nodes.reduce((sum, { assets }) => sum + assets.length, 0)
  if (count > MOST_ASSETS)
    throw badUserInput(
      'input.nodes',
      `${count} assets`,
      `at most ${MOST_ASSETS} assets in all nodes together`,
    )
  return nodes
}

function checkNodeNames(field: string, names: readonly string[]): string[] {
  checkCount(field, names.length, 0, MOST_PER_NODE)
  return [...new Set(names.map((name, at) => checkName(`${field}[${at}]`, name, BOUNDS.idCharacters)))]
}

function checkSpecs(field: string, inputs: readonly AssetSpecInput[]): AssetSpec[] {
  checkCount(field, inputs.length, 0, MOST_PER_NODE)
  const specs = inputs.map((input, at) => checkSpec(`${field}[${at}]`, input))
  checkEachOnce(
    field,
    'key',
    specs.map(({ assetId, asset: { key } }) => ({ assetId, key })),
    ({ assetId }) => assetId,
  )
  return specs
}

function checkSpec(field: string, input: AssetSpecInput): AssetSpec {
  const asset = checkAssetRef(field, input)
  return {
    asset,
    assetId: assetIdOf(asset),
    kind: checkOptional(`${field}.kind`, input.kind, BOUNDS.kindCharacters),
    kinds: input.kinds == null ? null : checkKinds(`${field}.kinds`, input.kinds),
    description:
      input.description == null
        ? null
        : checkText(`${field}.description`, input.description, BOUNDS.descriptionCharacters, 0),
    isPrimary: input.isPrimary ?? false,
    isRequired: input.isRequired ?? true,
    metadata: input.metadata == null ? {} : checkMetadata(`${field}.metadata`, input.metadata),
  }
}

function checkEachOnce<Name extends string, Item extends Record<Name, string>>(
  field: string,
  name: Name,
  items: readonly Item[],
  identityOf: (item: Item) => string,
): void {
  const seen = new Set<string>()
  items.forEach((item, at) => {
    if (seen.has(identityOf(item)))
      throw badUserInput(`${field}[${at}].${name}`, `${quoted(item[name])} again`, 'each once')
    seen.add(identityOf(item))
  })
}
