import type { WalkVariables } from './lists/walk.js'
import type {
  AssetFieldsFragment,
  AssetFilter,
  AssetFreshnessQuery,
  AssetHealthQuery,
  AssetImpactQuery,
  AssetRef,
  AssetStalenessQuery,
  CheckFieldsFragment,
  CreateWebhookMutation,
  EdgeScope,
  InputsOfMaterializationFragment,
  MaterializationFieldsFragment,
  MaterializationFilter,
  MaterializationRecordedSubscription,
  NeighboursFragment,
  NodeQuery,
  NodeStatusFieldsFragment,
  RecordMaterializationsMutation,
  RegisterAssetConfigMutation,
  SearchAssetsQuery,
  StalenessChangedSubscription,
  UpstreamAssetsQuery,
  WebhookDeliveryFieldsFragment,
  WebhookDeliveryStatus,
  WebhookFieldsFragment,
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
/** What a search has found, best first, and whether these are all. */
export type AssetSearch = SearchAssetsQuery['searchAssets']
/** The result of one check of a materialization. */
export type CheckResult = CheckFieldsFragment

/** Whether it was made lately. */
export type Freshness = NonNullable<AssetFreshnessQuery['asset']>['freshness']
/** Whether what it was made from has changed since, and where. */
export type Staleness = NonNullable<AssetStalenessQuery['asset']>['staleness']
/** What depends on it. */
export type Impact = NonNullable<AssetImpactQuery['asset']>['impact']
/** How many nodes and assets a call has registered. */
export type AssetConfigPayload = RegisterAssetConfigMutation['registerAssetConfig']
/** Something has been recorded. Its `watermark` is that of everything up to this. */
export type MaterializationEvent = MaterializationRecordedSubscription['materializationRecorded']
/** An asset has become stale, or is not any more; `asset.staleness` says why. */
export type StalenessEvent = StalenessChangedSubscription['stalenessChanged']
/** Somebody who is told of what happens. */
export type Webhook = WebhookFieldsFragment
/** A webhook that has just been made, with its secret. */
export type CreatedWebhook = CreateWebhookMutation['createWebhook']
/** What a webhook is to be told, or has been. */
export type WebhookDelivery = WebhookDeliveryFieldsFragment
/** Whatever has a global id. */
export type AnyNode = NonNullable<NodeQuery['node']>

/** What to walk. `limit` is that of one answer: 500 nodes by default, at most 10,000. */
export interface WalkArgs extends Omit<WalkVariables, 'root'> {
  root: AssetName
}

/** Which edges count: ALL by default. */
export interface ScopeArgs {
  scope?: EdgeScope | undefined
}

/** Only assets that fulfil it. */
export interface AssetListArgs {
  filter?: AssetFilter | undefined
}

/** Only materializations that fulfil it. */
export interface MaterializationListArgs {
  filter?: MaterializationFilter | undefined
}

/** Only deliveries that are in this state. */
export interface DeliveryListArgs {
  status?: WebhookDeliveryStatus | undefined
}

/** An asset's name in the form that the server takes. */
export function refOf(name: AssetName): AssetRef {
  return typeof name === 'string' ? { key: name } : name
}
