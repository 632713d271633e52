import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type {
  WebhookDelivery as WebhookDeliveryEntity,
  Webhook as WebhookEntity,
} from '../../src/lineage/webhooks/webhook.js'
import {
  createWebhook,
  deleteWebhook,
  deliveriesOf,
  listWebhooks,
  replayDelivery,
  updateWebhook,
} from '../../src/use-cases/webhooks.js'
import { PageArgs } from '../node/page.args.js'
import { Pure } from '../pure.js'
import { DeliveriesArgs } from './deliveries.args.js'
import { CreateWebhookInput, UpdateWebhookInput } from './webhook.input.js'
import { CreatedWebhook, Webhook, WebhookDelivery } from './webhook.type.js'
import { WebhookConnection, WebhookDeliveryConnection } from './webhook-connection.type.js'

@Resolver(() => Webhook)
export class WebhookResolver {
  @Query(() => WebhookConnection, {
    description:
      'The webhooks that the caller may administer, newest first: those in all of whose namespaces it has ADMIN. Error: BAD_USER_INPUT.',
  })
  webhooks(@Args(() => PageArgs) args: PageArgs, @Ctx() { store, access }: RequestContext) {
    return listWebhooks(store, access, args)
  }

  @Mutation(() => CreatedWebhook, {
    description:
      'Makes a webhook, of at most 100. It is told of all that is recorded behind the answer. Errors: BAD_USER_INPUT, FORBIDDEN.',
  })
  createWebhook(
    @Arg('input', () => CreateWebhookInput, { description: 'The webhook.' }) input: CreateWebhookInput,
    @Ctx() { store, access }: RequestContext,
  ) {
    return createWebhook(store, access, input)
  }

  @Mutation(() => Webhook, {
    description: 'Changes, pauses or resumes a webhook. Errors: BAD_USER_INPUT, FORBIDDEN.',
  })
  updateWebhook(
    @Arg('input', () => UpdateWebhookInput, { description: 'What to change.' }) input: UpdateWebhookInput,
    @Ctx() { store, access, webhookRetryMs }: RequestContext,
  ) {
    return updateWebhook(store, access, input, webhookRetryMs)
  }

  @Mutation(() => Boolean, {
    description:
      'Takes a webhook away, with its log and what is pending; true. Errors: BAD_USER_INPUT, FORBIDDEN.',
  })
  deleteWebhook(
    @Arg('id', () => ID, { description: 'Which webhook.' }) id: string,
    @Ctx() { store, access }: RequestContext,
  ) {
    return deleteWebhook(store, access, id)
  }

  @Mutation(() => WebhookDelivery, {
    description:
      'Has a delivery that is DEAD, or was DELIVERED, sent again under the same id, from now on as a new one is. One that is PENDING stays as it is. Errors: BAD_USER_INPUT, FORBIDDEN.',
  })
  replayDelivery(
    @Arg('id', () => ID, { description: 'Which delivery.' }) id: string,
    @Ctx() { store, access, webhookRetryMs }: RequestContext,
  ) {
    return replayDelivery(store, access, id, webhookRetryMs)
  }

  @Pure()
  @FieldResolver(() => ID, { description: 'Opaque and stable.' })
  id(@Root() { webhookId }: WebhookEntity): string {
    return webhookId
  }

  @Pure()
  @FieldResolver(() => [String], {
    description: 'The namespaces of which it is told, and of no others; empty for all.',
  })
  namespaces(@Root() { namespaces }: WebhookEntity): readonly string[] {
    return namespaces ?? []
  }

  @FieldResolver(() => WebhookDeliveryConnection, {
    description:
      'What it is to be told, and has been, newest first. What was delivered stays 7 days, what is dead 30.',
  })
  deliveries(
    @Root() webhook: WebhookEntity,
    @Args(() => DeliveriesArgs) { status, ...page }: DeliveriesArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return deliveriesOf(loaders, webhook, status, page)
  }
}

@Resolver(() => WebhookDelivery)
export class WebhookDeliveryResolver {
  @Pure()
  @FieldResolver(() => ID, {
    description: 'Opaque and stable: the header `webhook-id` of every attempt.',
  })
  id(@Root() { deliveryId }: WebhookDeliveryEntity): string {
    return deliveryId
  }
}
