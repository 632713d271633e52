import { Field, ObjectType } from 'type-graphql'

@ObjectType({
  simpleResolvers: true,
  description: 'Where a page stands in its list.',
})
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether the list goes on behind this page.' })
  readonly hasNextPage!: boolean

  @Field(() => Boolean, { description: 'Whether this page was asked for with `after`.' })
  readonly hasPreviousPage!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first item; null where the page is empty.',
  })
  readonly startCursor!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Pass it as `after` to go on; null where the page is empty.',
  })
  readonly endCursor!: string | null
}
