import { Field, Int, ObjectType } from 'type-graphql'

@ObjectType({
  simpleResolvers: true,
  description:
    'One column of a schema. A nested one is named by its path, with dots, behind that which holds it.',
})
export class Column {
  @Field(() => String, { description: '1 to 300 characters.' })
  readonly name!: string

  @Field(() => String, { nullable: true, description: 'As it was stated, in the words of its system.' })
  readonly type!: string | null

  @Field(() => String, { nullable: true, description: 'What it means, where somebody has said.' })
  readonly description!: string | null

  @Field(() => Int, { description: 'Its place in the schema, from 1.' })
  readonly ordinal!: number
}
