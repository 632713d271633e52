import { fulfils } from '../asset-filter.js'
import type { AssetRef } from '../asset-ref.js'
import type { Asset } from '../entities.js'
import type { Webhook, WebhookEvent } from './webhook.js'

/** An asset with its other names. */
export interface KnownAsset {
  asset: Asset
  otherNames: readonly AssetRef[]
}

/** Whether a webhook may be told what is in a namespace. */
export function maySee({ namespaces }: Pick<Webhook, 'namespaces'>, namespace: string): boolean {
  return namespaces === null || namespaces.includes(namespace)
}

/** Whether a webhook is to be told of an event of this asset: by its own name, and by those that it may see. */
export function concerns(webhook: Webhook, event: WebhookEvent, { asset, otherNames }: KnownAsset): boolean {
  if (!webhook.events.includes(event) || !maySee(webhook, asset.namespace)) return false
  const shown = otherNames.filter(({ namespace }) => maySee(webhook, namespace))
  return fulfils(asset, webhook.assets, shown)
}
