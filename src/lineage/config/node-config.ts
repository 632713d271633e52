import { v5 as uuidV5 } from 'uuid'
import type { Access } from '../access/access.js'
import type { AssetRef } from '../asset-ref.js'

/** What is to be registered of one node. */
export interface NodeConfig {
  /** See nodeConfigIdOf. */
  id: string
  /** Null for every run that has a node of this name. */
  dagId: string | null
  nodeTaskId: string
  dagName: string | null
  /** The nodes whose assets this one uses; null where nobody has said. */
  upstreamNodes: readonly string[] | null
  assets: readonly AssetSpec[]
  /** Who registers it, where that is somebody who may not record everywhere: what is there already is looked at too. */
  by?: Access
}

/** An asset that a node is expected to make. */
export interface AssetSpec {
  asset: AssetRef
  assetId: string
  /** Null where it is to be inferred. */
  kind: string | null
  kinds: readonly string[] | null
  description: string | null
  isPrimary: boolean
  isRequired: boolean
  metadata: Record<string, unknown>
}

/** Never changes: every registered node hangs on it. */
const NODE_CONFIG_NAMESPACE = '7f0c6c6e-2f57-5c3a-8a53-0d2f7f6b9b11'

/** The id of what is registered of a node: UUIDv5 of (dagId, nodeTaskId), so that it is known without asking. */
export function nodeConfigIdOf(dagId: string | null, nodeTaskId: string): string {
  return uuidV5(JSON.stringify([dagId, nodeTaskId]), NODE_CONFIG_NAMESPACE)
}
