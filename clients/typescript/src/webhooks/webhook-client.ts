import { HeadwaterError } from '../errors.js'
import { eachItem, type Page, type PageArgs, pageOf } from '../lists/page.js'
import { LiveClient } from '../live/live-client.js'
import {
  CreateWebhookDocument,
  type CreateWebhookInput,
  DeleteWebhookDocument,
  ReplayDeliveryDocument,
  TestWebhookDocument,
  UpdateWebhookDocument,
  type UpdateWebhookInput,
  WebhookDeliveriesDocument,
  WebhookDeliveryDocument,
  WebhookDocument,
  WebhooksDocument,
} from '../operations.generated.js'
import type { CreatedWebhook, DeliveryListArgs, Webhook, WebhookDelivery } from '../types.js'

/** Says who is told of what happens. It takes a token with ADMIN in all namespaces of a webhook. */
export class WebhookClient extends LiveClient {
  /** Makes one; its secret is in this answer alone. In one attempt: another would make another. */
  async createWebhook(input: CreateWebhookInput): Promise<CreatedWebhook> {
    const { createWebhook } = await this.requestOnce(CreateWebhookDocument, { input })
    return createWebhook
  }

  /** Null where there is none of this id that the token may administer. */
  async webhook(id: string): Promise<Webhook | null> {
    const { webhook } = await this.request(WebhookDocument, { id })
    return webhook
  }

  /** Those that the token may administer, newest first. */
  async webhooks(args: PageArgs = {}): Promise<Page<Webhook>> {
    const { webhooks } = await this.request(WebhooksDocument, args)
    return pageOf(webhooks)
  }

  /** All of them. */
  eachWebhook(): AsyncGenerator<Webhook, void, undefined> {
    return eachItem((page) => this.webhooks(page))
  }

  /** Changes what is given, its secret too; what is absent stays. */
  async updateWebhook(input: UpdateWebhookInput): Promise<Webhook> {
    const { updateWebhook } = await this.request(UpdateWebhookDocument, { input })
    return updateWebhook
  }

  /** It is told nothing of what happens from now on; what is pending waits. */
  pauseWebhook(id: string): Promise<Webhook> {
    return this.updateWebhook({ id, status: 'PAUSED' })
  }

  /** It is told again, and sent what has waited. */
  resumeWebhook(id: string): Promise<Webhook> {
    return this.updateWebhook({ id, status: 'ACTIVE' })
  }

  /** Takes it away, with its log and what is pending. In one attempt: the second time it is not there. */
  async deleteWebhook(id: string): Promise<void> {
    await this.requestOnce(DeleteWebhookDocument, { id })
  }

  /** Has it told `webhook.test`. What has become of it: `webhookDelivery(id)`. */
  async testWebhook(id: string): Promise<WebhookDelivery> {
    const { testWebhook } = await this.requestOnce(TestWebhookDocument, { id })
    return testWebhook
  }

  /** What it is to be told, and has been, newest first. Rejects with BAD_USER_INPUT where the token may administer no webhook of this id. */
  async webhookDeliveries(
    id: string,
    args: DeliveryListArgs & PageArgs = {},
  ): Promise<Page<WebhookDelivery>> {
    const { webhook } = await this.request(WebhookDeliveriesDocument, { id, ...args })
    if (webhook !== null) return pageOf(webhook.deliveries)
    throw new HeadwaterError('BAD_USER_INPUT', `no webhook has the id ${JSON.stringify(id)}`, { field: 'id' })
  }

  /** All of it. */
  eachWebhookDelivery(
    id: string,
    args: DeliveryListArgs = {},
  ): AsyncGenerator<WebhookDelivery, void, undefined> {
    return eachItem((page) => this.webhookDeliveries(id, { ...args, ...page }))
  }

  /** By its id, which is the header `webhook-id`; null where there is none. */
  async webhookDelivery(id: string): Promise<WebhookDelivery | null> {
    const { webhookDelivery } = await this.request(WebhookDeliveryDocument, { id })
    return webhookDelivery
  }

  /** Has one that is dead, or was delivered, sent again. In one attempt: the second time it is pending. */
  async replayDelivery(id: string): Promise<WebhookDelivery> {
    const { replayDelivery } = await this.requestOnce(ReplayDeliveryDocument, { id })
    return replayDelivery
  }
}
