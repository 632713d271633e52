import { concerns, type KnownAsset } from './concerns.js'
import type { Webhook, WebhookEvent } from './webhook.js'

/** The active webhooks, by what they are told of: whoever cannot be told of an asset is not asked about it. */
export class Audience {
  /** By event and namespace; under null those of all namespaces. */
  readonly #told = new Map<WebhookEvent, Map<string | null, Webhook[]>>()

  constructor(readonly webhooks: readonly Webhook[]) {
    for (const webhook of webhooks)
      for (const event of webhook.events)
        for (const namespace of webhook.namespaces ?? [null]) this.#add(event, namespace, webhook)
  }

  #add(event: WebhookEvent, namespace: string | null, webhook: Webhook): void {
    const byNamespace = this.#told.get(event) ?? new Map<string | null, Webhook[]>()
    this.#told.set(event, byNamespace)
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), webhook])
  }

  /** Whether anybody is told of such events. */
  has(event: WebhookEvent): boolean {
    return this.#told.has(event)
  }

  /** Those who are to be told of an event of this asset. */
  of(event: WebhookEvent, known: KnownAsset): Webhook[] {
    const byNamespace = this.#told.get(event)
    const asked = [...(byNamespace?.get(null) ?? []), ...(byNamespace?.get(known.asset.namespace) ?? [])]
    return asked.filter((webhook) => concerns(webhook, event, known))
  }
}
