import { ArgsType, Field, Int } from 'type-graphql'
import { WalkArgs } from './walk.args.js'

@ArgsType()
export class LineageArgs extends WalkArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'The most nodes to answer with: 1 to 10,000, 500 by default.',
  })
  readonly limit?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'The `nextCursor` of the same walk (all other arguments alike, but for limit and atLeast).',
  })
  readonly after?: string | null
}
