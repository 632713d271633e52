import { Field, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { StalenessStatus } from '../enums.js'
import { Materialization } from '../materialization/materialization.type.js'

@ObjectType({ simpleResolvers: true, description: 'Something has been recorded.' })
export class MaterializationEvent {
  @Field(() => Materialization, {
    description:
      'As it was last written. It comes again where it is written again, e.g. by a repeated storage event.',
  })
  readonly materialization!: Materialization

  @Field(() => String, {
    description:
      'Of everything up to this: pass it as `after` to go on from here, on whatever server, or as `atLeast` to a walk that must show it.',
  })
  readonly watermark!: string
}

@ObjectType({
  simpleResolvers: true,
  description:
    'An asset has become stale, or is not any more. Why: `asset { staleness { causes rootCauses } }`.',
})
export class StalenessEvent {
  @Field(() => Asset, { description: 'The asset.' })
  readonly asset!: Asset

  @Field(() => StalenessStatus, { description: 'From now on.' })
  readonly status!: StalenessStatus

  @Field(() => StalenessStatus, {
    nullable: true,
    description:
      'Until now; null for an asset that is new among those asked about, and with `withStale` for the first.',
  })
  readonly previousStatus!: StalenessStatus | null
}
