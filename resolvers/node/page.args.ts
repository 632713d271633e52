import { ArgsType, Field, Int } from 'type-graphql'

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'The most items to answer with: 1 to 1,000, 50 by default.',
  })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'A cursor of the same list: answer with what comes behind it. Stays valid while others record.',
  })
  readonly after?: string | null
}
