import { ArgsType, Field, Int } from 'type-graphql'
import { EdgeScope } from '../enums.js'

@ArgsType()
export class LineageCyclesArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Only cycles with at least one asset of this namespace; all by default.',
  })
  readonly namespace?: string | null

  @Field(() => EdgeScope, { nullable: true, description: 'ALL by default.' })
  readonly scope?: EdgeScope | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The most cycles to answer with: 1 to 1,000, 50 by default. An answer with 10,000 assets or 20,000 edges ends before that.',
  })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'The `nextCursor` of the same list: answer with what comes behind it.',
  })
  readonly after?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'A watermark: show at least that state, or say SERVICE_UNAVAILABLE.',
  })
  readonly atLeast?: string | null
}
