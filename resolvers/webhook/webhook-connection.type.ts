import { Field, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../node/page-info.type.js'
import { Webhook, WebhookDelivery } from './webhook.type.js'

@ObjectType({ simpleResolvers: true })
export class WebhookConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => Webhook)
  readonly node!: Webhook
}

@ObjectType({ simpleResolvers: true, description: 'A page of webhooks, newest first.' })
export class WebhookConnection {
  @Field(() => [WebhookConnectionEdge])
  readonly edges!: readonly WebhookConnectionEdge[]

  @Field(() => [Webhook])
  readonly nodes!: readonly Webhook[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  readonly count!: () => Promise<number>

  @Field(() => Int, { description: 'The length of the whole list.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}

@ObjectType({ simpleResolvers: true })
export class WebhookDeliveryConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => WebhookDelivery)
  readonly node!: WebhookDelivery
}

@ObjectType({ simpleResolvers: true, description: 'A page of deliveries, newest first.' })
export class WebhookDeliveryConnection {
  @Field(() => [WebhookDeliveryConnectionEdge])
  readonly edges!: readonly WebhookDeliveryConnectionEdge[]

  @Field(() => [WebhookDelivery])
  readonly nodes!: readonly WebhookDelivery[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  /** Asked of the database only where a client selects it. */
  readonly count!: () => Promise<number>

  @Field(() => Int, { description: 'The length of the whole list.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
