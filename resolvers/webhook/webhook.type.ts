import { Field, Int, ObjectType } from 'type-graphql'
import { WebhookDeliveryEvent, WebhookDeliveryStatus, WebhookEvent, WebhookStatus } from '../enums.js'
import { JsonObject } from '../scalars/json-object.js'

@ObjectType({
  simpleResolvers: true,
  description:
    'Somebody who is told of what happens, by a signed POST to a URL (Standard Webhooks): at least once, in order of each asset or DAG run. What is sent: docs/webhooks.md.',
})
export class Webhook {
  @Field(() => String, { description: 'Where requests go.' })
  readonly url!: string

  @Field(() => [WebhookEvent], { description: 'What it is told of.' })
  readonly events!: readonly WebhookEvent[]

  @Field(() => JsonObject, {
    description: 'Of these namespaces, which assets: the AssetFilter that it was given; empty for all.',
  })
  readonly assets!: object

  @Field(() => Int, {
    description:
      'A DAG run is incomplete where a required asset is missing so many minutes after something of it was recorded last: 1 to 10,080.',
  })
  readonly incompleteAfterMinutes!: number

  @Field(() => WebhookStatus, { description: 'Whether it is told.' })
  readonly status!: WebhookStatus

  @Field(() => Date, {
    nullable: true,
    description:
      'Since when it has failed to take deliveries; null while the last attempts succeed: once it has taken one, and no other waits to be tried again.',
  })
  readonly failingSince!: Date | null

  @Field(() => Date, { description: 'When it was made.' })
  readonly createdAt!: Date

  @Field(() => String, { description: 'By whom, as the audit log names callers.' })
  readonly createdBy!: string
}

@ObjectType({ simpleResolvers: true, description: 'A webhook that has just been made.' })
export class CreatedWebhook {
  @Field(() => Webhook, { description: 'The webhook.' })
  readonly webhook!: Webhook

  @Field(() => String, {
    description: 'What its requests are signed by: `whsec_` and base64. It is never shown again.',
  })
  readonly secret!: string
}

@ObjectType({
  simpleResolvers: true,
  description: 'Something that a webhook is to be told, or has been.',
})
export class WebhookDelivery {
  /** As the header `webhook-id` has it. */
  readonly deliveryId!: string

  @Field(() => WebhookDeliveryEvent, { description: 'What it tells of.' })
  readonly event!: WebhookDeliveryEvent

  @Field(() => JsonObject, { description: 'What is sent: an object with `type`, `timestamp` and `data`.' })
  readonly payload!: Record<string, unknown>

  @Field(() => WebhookDeliveryStatus, { description: 'What has become of it.' })
  readonly status!: WebhookDeliveryStatus

  @Field(() => Date, { description: 'When it was found that it is to be told.' })
  readonly createdAt!: Date

  @Field(() => Int, { description: 'How many attempts have begun; of a replay, since then.' })
  readonly attempts!: number

  @Field(() => Date, {
    nullable: true,
    description:
      'While it is PENDING: when it is tried next, at the earliest; it waits longer for what is before it in its order, and while its webhook is PAUSED. While an attempt is under way: when another would begin if nothing came of it. Null of others.',
  })
  readonly nextAttemptAt!: Date | null

  @Field(() => Date, { nullable: true, description: 'When the receiver took it; null where it has not.' })
  readonly deliveredAt!: Date | null

  @Field(() => Int, {
    nullable: true,
    description: 'The HTTP status that the last attempt was answered with; null where there was no answer.',
  })
  readonly lastStatus!: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Why the last attempt failed; null where it did not, or has not ended.',
  })
  readonly lastError!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'How the last answer began: at most 1,024 bytes; null where there was none.',
  })
  readonly lastResponse!: string | null
}
