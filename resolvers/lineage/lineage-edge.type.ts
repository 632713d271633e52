import { Field, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { BigIntScalar } from '../scalars/big-int.js'

@ObjectType({
  simpleResolvers: true,
  description: 'One asset-level dependency: the downstream asset was made from the upstream one.',
})
export class LineageEdge {
  @Field(() => Asset, { description: 'What the downstream asset was made from.' })
  readonly upstream!: Asset

  @Field(() => Asset, { description: 'What was made from the upstream asset.' })
  readonly downstream!: Asset

  @Field(() => Date, {
    description: 'The least materializedAt of a downstream materialization that had this input.',
  })
  readonly firstSeenAt!: Date

  @Field(() => Date, { description: 'The greatest.' })
  readonly lastSeenAt!: Date

  @Field(() => BigIntScalar, {
    description:
      'How many materializations of the downstream asset have this input. 0 where a repeated storage event has replaced the only one.',
  })
  readonly materializationCount!: bigint
}
