import type { AssetRef, CheckSeverity } from '../operations.generated.js'

/** What a webhook was told. A newer server may tell of more types. */
export type WebhookMessage =
  | Message<'check.failed', CheckFailed>
  | Message<'asset.consumer_added', ConsumerAdded>
  | Message<'asset.stale', AssetBecameStale>
  | Message<'dag_run.incomplete', DagRunIncomplete>
  | Message<'webhook.test', WebhookTried>

interface Message<Type extends string, Data> {
  /** The same at every attempt: drop those that were handled. */
  id: string
  type: Type
  /** When it happened. */
  timestamp: string
  data: Data
}

/** An asset's name. */
type Name = Required<{ [Part in keyof AssetRef]: string }>

/** A check of an asset has failed. */
export interface CheckFailed {
  asset: Name
  /** `details` is null where they are too large to be sent, which `detailsOmitted` says. */
  check: {
    name: string
    severity: CheckSeverity
    checkedAt: string
    details: Record<string, unknown> | null
    detailsOmitted: boolean
  }
  /** What was checked; null while nobody has recorded it. */
  materialization: {
    version: string
    partitionKey: string | null
    jobId: string
    dagId: string | null
    nodeTaskId: string | null
    materializedAt: string
  } | null
}

/** Something has been made from an asset for the first time. */
export interface ConsumerAdded {
  asset: Name
  /** Null where it is in a namespace that the webhook is not of. */
  consumer: Name | null
}

/** An asset has become stale. */
export interface AssetBecameStale {
  asset: Name
  rootCauses: { upstream: Name; usedVersion: string | null; latestVersion: string | null }[]
  /** How many there are beside these. */
  otherRootCauses: number
}

/** Required assets of a DAG run have not come in time. */
export interface DagRunIncomplete {
  dagId: string
  dagName: string | null
  lastRecordedAt: string
  /** The first 100 of them. */
  nodes: {
    nodeTaskId: string
    requiredAssets: number
    materializedRequired: number
    missingRequiredAssets: string[]
  }[]
  incompleteNodes: number
}

/** Nothing has happened: somebody has tried whether the webhook is told. */
export interface WebhookTried {
  test: true
  message: string
  webhookId: string
}
