import { ArgsType, Field } from 'type-graphql'
import { EdgeScope } from '../enums.js'
import { PageArgs } from '../node/page.args.js'

@ArgsType()
export class NeighbourArgs extends PageArgs {
  @Field(() => EdgeScope, { nullable: true, description: 'ALL by default.' })
  readonly scope?: EdgeScope | null
}
