import { ArgsType, Field, Int } from 'type-graphql'
import { AssetRef } from '../asset/asset-ref.input.js'
import { LineageDirection } from '../enums.js'

@ArgsType()
export class ColumnLineageArgs {
  @Field(() => AssetRef, { description: 'Whose column to start at.' })
  readonly asset!: AssetRef

  @Field(() => String, {
    description: '1 to 300 characters. A nested column by its path, with dots: `address.city`.',
  })
  readonly column!: string

  @Field(() => LineageDirection, { description: 'Which way to walk from it.' })
  readonly direction!: LineageDirection

  @Field(() => Int, { nullable: true, description: 'Hops, 0 or more; unlimited if null.' })
  readonly depth?: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'The most nodes to answer with: 1 to 10,000, 500 by default.',
  })
  readonly limit?: number | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True, the default, walks direct and indirect edges; false direct ones alone: where values came from.',
  })
  readonly includeIndirect?: boolean | null

  @Field(() => String, {
    nullable: true,
    description: 'The `nextCursor` of the same walk (all arguments alike but for limit).',
  })
  readonly after?: string | null
}
