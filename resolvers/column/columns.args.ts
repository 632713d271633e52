import { ArgsType, Field, Int } from 'type-graphql'

@ArgsType()
export class ColumnsArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      'The most columns to answer with: 1 to 50,000; all if null. A page is the last where it has fewer.',
  })
  readonly first?: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'The `ordinal` of the last column of the page before: 0 or more; from the first on if null.',
  })
  readonly after?: number | null
}
