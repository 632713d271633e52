import { ArgsType, Field } from 'type-graphql'
import { WebhookDeliveryStatus } from '../enums.js'
import { PageArgs } from '../node/page.args.js'

@ArgsType()
export class DeliveriesArgs extends PageArgs {
  @Field(() => WebhookDeliveryStatus, {
    nullable: true,
    description: 'Only those that are in this state, e.g. DEAD; all by default.',
  })
  readonly status?: WebhookDeliveryStatus | null
}
