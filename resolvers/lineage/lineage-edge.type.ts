import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { BigIntScalar } from '../scalars/big-int.js'

@ObjectType({
  simpleResolvers: true,
  description:
    'One asset-level dependency: the downstream asset was made from the upstream one; where a filter hides assets, perhaps over some of those.',
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

  @Field(() => Int, {
    description:
      'How many hidden assets lie between the two, on the shortest way over hidden ones alone; 0 for a direct dependency. Where it is more, the other fields tell of that way as a whole: firstSeenAt is the latest of its edges’, when all were there; lastSeenAt too is the latest; materializationCount is the least; it is current where all of them are, whether or not another, longer way is.',
  })
  readonly viaCount!: number
}
