import { ArgsType, Field, Int } from 'type-graphql'
import { AssetRef } from '../asset/asset-ref.input.js'
import { EdgeScope, LineageDirection } from '../enums.js'

@ArgsType()
export class LineageDiffArgs {
  @Field(() => AssetRef, {
    description:
      'Whose lineage. Error: ASSET_NOT_FOUND where it was not known at `to`; where it was not known at `from`, all has come since.',
  })
  readonly root!: AssetRef

  @Field(() => LineageDirection, { description: 'Which way to walk from the root.' })
  readonly direction!: LineageDirection

  @Field(() => Int, { nullable: true, description: 'Hops, 0 or more; unlimited if null.' })
  readonly depth?: number | null

  @Field(() => Date, { description: 'The earlier time: what counts by then is said of `lineage(asOf:)`.' })
  readonly from!: Date

  @Field(() => Date, { description: 'The later time, or the same.' })
  readonly to!: Date

  @Field(() => EdgeScope, {
    nullable: true,
    description: 'CURRENT by default: under ALL nothing is ever removed.',
  })
  readonly scope?: EdgeScope | null

  @Field(() => Int, {
    nullable: true,
    description: 'The most of each list: 1 to 10,000, 10,000 by default.',
  })
  readonly limit?: number | null
}
