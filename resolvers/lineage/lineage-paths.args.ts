import { ArgsType, Field, Int } from 'type-graphql'
import { AssetRef } from '../asset/asset-ref.input.js'
import { EdgeScope } from '../enums.js'

@ArgsType()
export class LineagePathsArgs {
  @Field(() => AssetRef, {
    description: 'The upstream end. Error: ASSET_NOT_FOUND where it has not been recorded.',
  })
  readonly from!: AssetRef

  @Field(() => AssetRef, {
    description: 'The downstream end. Error: ASSET_NOT_FOUND where it has not been recorded.',
  })
  readonly to!: AssetRef

  @Field(() => Int, {
    nullable: true,
    description:
      'The most paths to answer with: 1 to 1,000, 10 by default. The paths of an answer hold at most 100,000 assets together, unless the first alone has more: there may be fewer then, and `nextCursor`.',
  })
  readonly limit?: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Leaves out paths of more hops than this, 0 or more; unlimited if null.',
  })
  readonly maxLength?: number | null

  @Field(() => EdgeScope, { nullable: true, description: 'ALL by default.' })
  readonly scope?: EdgeScope | null

  @Field(() => Date, {
    nullable: true,
    description:
      'The graph as it was at this time, as `lineage` has it; now by default. Error: ASSET_NOT_FOUND where an end was not known yet.',
  })
  readonly asOf?: Date | null

  @Field(() => String, {
    nullable: true,
    description:
      'The `nextCursor` of the same question (all other arguments alike, but for limit and atLeast).',
  })
  readonly after?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'A watermark: show at least that state, or say SERVICE_UNAVAILABLE.',
  })
  readonly atLeast?: string | null
}
