import { ArgsType, Field, Int } from 'type-graphql'
import { LineageDirection } from '../enums.js'

@ArgsType()
export class MaterializationLineageArgs {
  @Field(() => LineageDirection, { description: 'Which way to walk from this materialization.' })
  readonly direction!: LineageDirection

  @Field(() => Int, { nullable: true, description: 'Hops, 0 or more; unlimited if null.' })
  readonly depth?: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'The most nodes to answer with: 1 to 10,000, 500 by default.',
  })
  readonly limit?: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'The `nextCursor` of the same walk (from the same materialization, all arguments alike but for limit).',
  })
  readonly after?: string | null
}
