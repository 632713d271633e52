import { ArgsType, Field } from 'type-graphql'
import { AssetFilter } from '../asset/assets.args.js'
import { EdgeScope } from '../enums.js'
import { MaterializationFilter } from '../materialization/materializations.args.js'

@ArgsType()
export class MaterializationRecordedArgs {
  @Field(() => MaterializationFilter, {
    nullable: true,
    description: 'Only what fulfils it; everything by default.',
  })
  readonly filter?: MaterializationFilter | null

  @Field(() => AssetFilter, {
    nullable: true,
    description: 'Only of assets that fulfil it; of all by default.',
  })
  readonly assets?: AssetFilter | null

  @Field(() => String, {
    nullable: true,
    description:
      'A watermark: from there on, none missed and none twice; from now on by default. Of an event, to go on behind it; of a walk, for what that has not shown; of a recording, for what came behind it.',
  })
  readonly after?: string | null
}

@ArgsType()
export class StalenessChangedArgs {
  @Field(() => AssetFilter, { nullable: true, description: 'Only assets that fulfil it; all by default.' })
  readonly assets?: AssetFilter | null

  @Field(() => String, {
    nullable: true,
    description: 'Only what it selects (docs/selection.md): at most 2,000 characters. Everything by default.',
  })
  readonly selection?: string | null

  @Field(() => EdgeScope, {
    nullable: true,
    description: 'Which edges count where the selection follows them. ALL by default.',
  })
  readonly scope?: EdgeScope | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Begin with an event for each that is stale already, so that a cut loses nothing. False by default.',
  })
  readonly withStale?: boolean | null
}
