import { ArgsType, Field, Int } from 'type-graphql'
import { AssetRef } from '../asset/asset-ref.input.js'
import { EdgeScope, LineageDirection, LineageEnds } from '../enums.js'
import { LineageFilter } from './lineage-filter.input.js'

/** Which walk. */
@ArgsType()
export class WalkArgs {
  @Field(() => AssetRef, {
    description: 'Where to start. Error: ASSET_NOT_FOUND where it has not been recorded.',
  })
  readonly root!: AssetRef

  @Field(() => LineageDirection, { description: 'Which way to walk from the root.' })
  readonly direction!: LineageDirection

  @Field(() => Int, {
    nullable: true,
    description: 'Hops, 0 or more, between what is shown: hidden assets cost none. Unlimited if null.',
  })
  readonly depth?: number | null

  @Field(() => EdgeScope, { nullable: true, description: 'ALL by default.' })
  readonly scope?: EdgeScope | null

  @Field(() => LineageFilter, {
    nullable: true,
    description: 'What to pass through, show and stop at; everything by default.',
  })
  readonly filter?: LineageFilter | null

  @Field(() => LineageEnds, {
    nullable: true,
    description:
      'Only the roots, or the leaves, of what the walk comes to, beside its own root. What lies between is contracted, as by `filter.show`, but nothing is missing for that: the answer may be complete.',
  })
  readonly ends?: LineageEnds | null

  @Field(() => Date, {
    nullable: true,
    description:
      'The graph as it was at this time, by materializedAt of what is recorded: ALL what some materialization at or before it had, CURRENT what the latest by then had. Late arrivals count by their own time. By default all that is recorded counts, also what is dated later than now. Error: ASSET_NOT_FOUND where the root was not known yet.',
  })
  readonly asOf?: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'A watermark: show at least that state, or say SERVICE_UNAVAILABLE.',
  })
  readonly atLeast?: string | null
}
