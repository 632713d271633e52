import { ArgsType, Field, Int } from 'type-graphql'

@ArgsType()
export class UnusedEdgesArgs {
  @Field(() => Date, {
    description: 'Edges whose lastSeenAt is before this time; one that was seen at this very time is not.',
  })
  readonly notSeenSince!: Date

  @Field(() => String, {
    nullable: true,
    description: 'Only edges whose downstream asset is in this namespace; all by default.',
  })
  readonly namespace?: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'The most edges to answer with: 1 to 1,000, 50 by default.',
  })
  readonly first?: number | null

  @Field(() => String, {
    nullable: true,
    description: 'The `nextCursor` of the same list: answer with what comes behind it.',
  })
  readonly after?: string | null
}
