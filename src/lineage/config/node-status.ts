import { compareCodePoints } from '../../util/code-points.js'

/** What is registered of a node that a run has. */
export interface RegisteredNode {
  /** Null for every run that has a node of this name. */
  dagId: string | null
  nodeTaskId: string
  dagName: string | null
  /** Null where nobody has said. */
  upstreamNodes: readonly string[] | null
  /** In the order registered. */
  assets: readonly { assetId: string; key: string; isRequired: boolean; isHidden?: boolean }[]
  /** Where whoever asks may see none of its assets. */
  isHidden?: boolean
}

/** An asset that a node of a run has recorded. */
export interface MadeAsset {
  nodeTaskId: string
  assetId: string
  lastMaterializedAt: Date
  /** Where whoever asks may not see it. */
  isHidden?: boolean
}

/** How far a node of a run is with what is expected of it. */
export interface NodeStatus {
  dagId: string
  dagName: string | null
  nodeTaskId: string
  expectedAssets: number
  materializedAssets: number
  requiredAssets: number
  materializedRequired: number
  allRequiredMaterialized: boolean
  isComplete: boolean
  completionPercentage: number
  missingRequiredAssets: readonly string[]
  lastMaterializedAt: Date | null
  /** How many further assets it has recorded, or is expected to, that whoever asks may not see. */
  hiddenAssets: number
  /** Of how many further nodes of the run nothing may be seen. */
  hiddenNodes: number
}

/** Of what is registered of a node the run's own counts, else what holds for every run. */
export function configsByNode(registered: readonly RegisteredNode[]): Map<string, RegisteredNode> {
  const configs = new Map<string, RegisteredNode>()
  for (const node of registered) {
    if (node.dagId !== null || !configs.has(node.nodeTaskId)) configs.set(node.nodeTaskId, node)
  }
  return configs
}

/** The status of every node that a run has recorded or that is registered, in the order of their names. */
export function statusesOf(
  dagId: string,
  made: readonly MadeAsset[],
  registered: readonly RegisteredNode[],
): NodeStatus[] {
  const configs = configsByNode(registered)
  const madeBy = new Map<string, MadeAsset[]>()
  for (const one of made) {
    const ofNode = madeBy.get(one.nodeTaskId) ?? []
    madeBy.set(one.nodeTaskId, ofNode)
    ofNode.push(one)
  }
  const all = [...new Set([...configs.keys(), ...madeBy.keys()])]
  const isHidden = (name: string) =>
    (configs.get(name)?.isHidden ?? !configs.has(name)) && !(madeBy.get(name) ?? []).some(isShown)
  const names = all.filter((name) => !isHidden(name)).sort(compareCodePoints)
  const hiddenNodes = all.length - names.length
  return names.map((name) => ({
    ...statusOf(dagId, name, madeBy.get(name) ?? [], configs.get(name)),
    hiddenNodes,
  }))
}

function statusOf(
  dagId: string,
  nodeTaskId: string,
  made: readonly MadeAsset[],
  config: RegisteredNode | undefined,
): Omit<NodeStatus, 'hiddenNodes'> {
  const registered = config?.assets ?? []
  const expected = registered.filter(isShown)
  const madeIds = new Set(made.filter(isShown).map(({ assetId }) => assetId))
  const hidden = [...registered, ...made].filter((one) => !isShown(one))
  // Whether those have been made is not said, and so not that all have.
  const isSure = registered.every((one) => isShown(one) || !one.isRequired)
  const required = expected.filter(({ isRequired }) => isRequired)
  const missing = required.filter(({ assetId }) => !madeIds.has(assetId))
  const materializedRequired = required.length - missing.length
  return {
    dagId,
    dagName: config?.dagName ?? null,
    nodeTaskId,
    expectedAssets: expected.length,
    materializedAssets: madeIds.size,
    requiredAssets: required.length,
    materializedRequired,
    allRequiredMaterialized: isSure && missing.length === 0,
    isComplete: isSure && missing.length === 0,
    completionPercentage: required.length === 0 ? 100 : (100 * materializedRequired) / required.length,
    missingRequiredAssets: missing.map(({ key }) => key),
    lastMaterializedAt: latestOf(made.filter(isShown)),
    hiddenAssets: new Set(hidden.map(({ assetId }) => assetId)).size,
  }
}

const isShown = ({ isHidden }: { isHidden?: boolean }) => isHidden !== true

function latestOf(made: readonly MadeAsset[]): Date | null {
  return made.reduce<Date | null>(
    (latest, { lastMaterializedAt: at }) => (latest === null || at > latest ? at : latest),
    null,
  )
}
