import type {
  AssetFieldsFragment,
  AssetHealthQuery,
  AssetRef,
  CheckFieldsFragment,
  InputsOfMaterializationFragment,
  MaterializationFieldsFragment,
  NeighboursFragment,
  NodeStatusFieldsFragment,
  RecordMaterializationsMutation,
  UpstreamAssetsQuery,
} from './operations.generated.js'

/** An asset by its key, in the namespace `default`, or by namespace and key. */
export type AssetName = string | AssetRef

/** An asset, without what it is connected with. */
export type Asset = AssetFieldsFragment
/** A materialization, without what it was made from. Times are ISO 8601 in UTC. */
export type Materialization = MaterializationFieldsFragment
/** A materialization with what it was made from. */
export type MaterializationWithInputs = Materialization & InputsOfMaterializationFragment
/** A direct neighbour: the asset at the far end, and the edge that leads there. */
export type Neighbour = NeighboursFragment['edges'][number]
/** What a recording has come to: the ids in the order of its assets. It is committed. */
export type RecordingPayload = RecordMaterializationsMutation['recordMaterializations']
/** How far a node of a DAG run has come with the assets that are expected of it. */
export type NodeMaterializationStatus = NodeStatusFieldsFragment
/** What an upstream node produced. */
export type UpstreamAsset = UpstreamAssetsQuery['upstreamAssets'][number]
/** How often an asset was materialized lately. */
export type AssetHealth = AssetHealthQuery['assetHealth'][number]
/** The result of one check of a materialization. */
export type CheckResult = CheckFieldsFragment

/** An asset's name in the form that the server takes. */
export function refOf(name: AssetName): AssetRef {
  return typeof name === 'string' ? { key: name } : name
}
