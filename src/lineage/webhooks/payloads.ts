import type { AssetRef } from '../asset-ref.js'
import type { CheckResult } from '../checks/check-result.js'
import type { NodeStatus } from '../config/node-status.js'
import type { Asset, Materialization } from '../entities.js'
import type { Staleness } from '../staleness/staleness.js'
import { maySee } from './concerns.js'
import { type DeliveryEvent, EVENT_TYPES, type Webhook } from './webhook.js'

/** What is sent, as Standard Webhooks says it. */
export interface Payload {
  type: string
  /** When it happened. */
  timestamp: string
  data: Record<string, unknown>
}

/** The longest details of a check that are sent along, in characters of JSON. */
const MOST_DETAILS = 16_384
/** The most of a list. */
const MOST_LISTED = 100

function payload(event: DeliveryEvent, at: Date, data: Record<string, unknown>): Payload {
  return { type: EVENT_TYPES[event], timestamp: at.toISOString(), data }
}

const nameOf = ({ namespace, key }: AssetRef) => ({ namespace, key })

/** What is told of a check. */
export type SaidOfCheck = Pick<CheckResult, 'name' | 'severity' | 'checkedAt' | 'details'>

/** A check has failed; `made`: what was checked, where it is known. */
export function checkFailed(asset: Asset, check: SaidOfCheck, made: Materialization | null): Payload {
  const { name, severity, checkedAt, details } = check
  const areSent = JSON.stringify(details).length <= MOST_DETAILS
  return payload('CHECK_FAILED', checkedAt, {
    asset: nameOf(asset),
    check: { name, severity, checkedAt, details: areSent ? details : null, detailsOmitted: !areSent },
    materialization:
      made === null
        ? null
        : {
            version: made.version,
            partitionKey: made.partitionKey,
            jobId: made.jobId,
            dagId: made.dagId,
            nodeTaskId: made.nodeTaskId,
            materializedAt: made.materializedAt,
          },
  })
}

/** Something has been made from an asset for the first time. */
export function consumerAdded(webhook: Webhook, asset: Asset, consumer: Asset, now: Date): Payload {
  const isSeen = maySee(webhook, consumer.namespace)
  return payload('NEW_CONSUMER', now, { asset: nameOf(asset), consumer: isSeen ? nameOf(consumer) : null })
}

/** An asset has become stale; `upstreamOf`: the assets that causes name. */
export function assetStale(
  webhook: Webhook,
  asset: Asset,
  { rootCauses }: Pick<Staleness, 'rootCauses'>,
  upstreamOf: (assetId: string) => Asset | undefined,
  now: Date,
): Payload {
  const named = rootCauses.flatMap(({ upstreamId, usedVersion, latestVersion }) => {
    const upstream = upstreamOf(upstreamId)
    if (upstream === undefined || !maySee(webhook, upstream.namespace)) return []
    return [{ upstream: nameOf(upstream), usedVersion, latestVersion }]
  })
  return payload('ASSET_STALE', now, {
    asset: nameOf(asset),
    rootCauses: named.slice(0, MOST_LISTED),
    otherRootCauses: rootCauses.length - Math.min(named.length, MOST_LISTED),
  })
}

/** Required assets of a DAG run have not come. */
export function dagRunIncomplete(
  dagId: string,
  lastRecordedAt: Date,
  nodes: readonly NodeStatus[],
  now: Date,
): Payload {
  const waiting = nodes.filter(({ missingRequiredAssets }) => missingRequiredAssets.length > 0)
  return payload('DAG_RUN_INCOMPLETE', now, {
    dagId,
    dagName: nodes.find(({ dagName }) => dagName !== null)?.dagName ?? null,
    lastRecordedAt,
    nodes: waiting.slice(0, MOST_LISTED).map((node) => ({
      nodeTaskId: node.nodeTaskId,
      requiredAssets: node.requiredAssets,
      materializedRequired: node.materializedRequired,
      missingRequiredAssets: node.missingRequiredAssets.slice(0, MOST_LISTED),
    })),
    incompleteNodes: waiting.length,
  })
}

/** Nothing has happened: somebody tries whether a webhook is told. */
export function webhookTest({ webhookId }: Pick<Webhook, 'webhookId'>, now: Date): Payload {
  return payload('TEST', now, { test: true, message: 'This is a test: nothing has happened.', webhookId })
}
