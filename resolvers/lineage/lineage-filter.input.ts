import { Field, InputType } from 'type-graphql'
import { AssetFilter } from '../asset/assets.args.js'

@InputType({
  description:
    'Three separate questions; what is absent narrows nothing. The root is always shown and passed through. Filters look at assets as they are now.',
})
export class LineageFilter {
  @Field(() => AssetFilter, {
    nullable: true,
    description:
      'The assets that the walk may pass through. Others neither appear nor lead further: as if they were not there.',
  })
  readonly traverse?: AssetFilter | null

  @Field(() => AssetFilter, {
    nullable: true,
    description:
      'The assets that appear. Others are passed through and contracted, so that what they connected stays connected: A → (hidden) → B appears as A → B, with `viaCount` on the edge. Distance and depth count the hops between those that appear.',
  })
  readonly show?: AssetFilter | null

  @Field(() => AssetFilter, {
    nullable: true,
    description: 'Assets that appear, but are not passed through.',
  })
  readonly stopAt?: AssetFilter | null
}
