import { Field, ID, InputType, Int } from 'type-graphql'
import { AssetFilter } from '../asset/assets.args.js'
import { WebhookEvent, WebhookStatus } from '../enums.js'

@InputType({ description: 'A webhook to be made.' })
export class CreateWebhookInput {
  @Field(() => String, {
    description:
      'Where to send: an http or https URL of at most 2,048 characters, without a user or a password. Private, loopback and link-local addresses and `localhost` are refused, names that have such addresses at each delivery, unless the operator has allowed the host (HEADWATER_WEBHOOK_HOSTS).',
  })
  readonly url!: string

  @Field(() => [WebhookEvent], { description: 'What to tell of: at least one.' })
  readonly events!: WebhookEvent[]

  @Field(() => [String], {
    nullable: true,
    description:
      'Of which namespaces to tell, 1 to 100: the caller needs ADMIN in each. All by default, which needs ADMIN everywhere.',
  })
  readonly namespaces?: string[] | null

  @Field(() => AssetFilter, {
    nullable: true,
    description:
      'Of which assets of them to tell; by default of all. Of NEW_CONSUMER those that are used; of DAG_RUN_INCOMPLETE runs that have recorded one of them.',
  })
  readonly assets?: AssetFilter | null

  @Field(() => Int, {
    nullable: true,
    description:
      'Of DAG_RUN_INCOMPLETE: how long after something of a run was recorded last it ought to be complete, in minutes: 1 to 10,080; 30 by default.',
  })
  readonly incompleteAfterMinutes?: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'What to sign by: `whsec_` and the base64 of 24 to 64 bytes. By default one of 32 bytes is made.',
  })
  readonly secret?: string | null
}

@InputType({ description: 'What to change of a webhook. What is absent or null stays as it is.' })
export class UpdateWebhookInput {
  @Field(() => ID, { description: 'Which webhook.' })
  readonly id!: string

  @Field(() => String, { nullable: true, description: 'As of `createWebhook`.' })
  readonly url?: string | null

  @Field(() => [WebhookEvent], { nullable: true, description: 'Take the place of all that were there.' })
  readonly events?: WebhookEvent[] | null

  @Field(() => [String], { nullable: true, description: 'Take the place of all that were there: 1 to 100.' })
  readonly namespaces?: string[] | null

  @Field(() => AssetFilter, { nullable: true, description: 'Takes the place of the one that was there.' })
  readonly assets?: AssetFilter | null

  @Field(() => Int, { nullable: true, description: '1 to 10,080.' })
  readonly incompleteAfterMinutes?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'What to sign by from now on: `whsec_` and the base64 of 24 to 64 bytes.',
  })
  readonly secret?: string | null

  @Field(() => WebhookStatus, {
    nullable: true,
    description:
      'PAUSED: of what happens from now on it is not told, and what is pending waits. ACTIVE: it is told again, and what has waited is sent.',
  })
  readonly status?: WebhookStatus | null
}
