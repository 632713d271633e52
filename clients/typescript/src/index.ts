export type { AssetConfig, AssetConfigEntry, NodeConfigEntry } from './asset-config.js'
export * from './asset-repository.js'
export * from './asset-tracker.js'
export * from './dag-asset-mapper.js'
export * from './errors.js'
export type { EndpointOptions, RequestOptions } from './http/endpoint.js'
export type { RetryPolicy } from './http/retries.js'
export { AssetKind, inferKind, TechnologyTag } from './kinds.js'
export * from './lineage-client.js'
export type { Page, PageArgs } from './lists/page.js'
export type { LineageGraph, LineageNode, WalkVariables } from './lists/walk.js'
export type {
  MaterializationRecordedArgs,
  OwnSubscriptionOptions,
  StalenessChangedArgs,
} from './live/live-client.js'
export type { SubscribeOptions, SubscriptionCut } from './live/subscribe-options.js'
export type { Logger } from './log.js'
export type * from './models.js'
export {
  type AssetSpec,
  CLASSIFY_NODE_ASSETS,
  EXTRACT_NODE_ASSETS,
  LOCATE_NODE_ASSETS,
  type NodeAssetSpec,
  OCR_NODE_ASSETS,
  PREDEFINED_ASSET_SPECS,
} from './node-specs.js'
export type * from './operations.generated.js'
export * from './recording/background-recorder.js'
export type { RecordOutcome } from './recording/record-each.js'
export type { BackgroundRecorderOptions, RecordingLoss } from './recording/recorder-options.js'
export type { TrackedAsset, TrackedRun, TrackedUpstream } from './tracked-run.js'
export type { TypedDocument } from './typed-document.js'
export type * from './types.js'
export * from './versions.js'
export * from './webhooks/verify-webhook.js'
export type * from './webhooks/webhook-message.js'
