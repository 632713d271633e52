import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { Completeness } from './lineage-graph.type.js'

@ObjectType({
  simpleResolvers: true,
  description: 'One way that data has taken. Holds each asset once.',
})
export class LineagePath {
  @Field(() => [Asset], {
    description:
      'From the upstream end to the downstream one, both included; each was made from the one before.',
  })
  readonly assets!: readonly Asset[]

  @Field(() => Int, { description: 'Hops: one less than there are assets.' })
  readonly length!: number
}

@ObjectType({ simpleResolvers: true, description: 'The shortest paths from one asset to another.' })
export class LineagePaths {
  @Field(() => [LineagePath], { description: 'Shortest first, none left out before the last.' })
  readonly paths!: readonly LineagePath[]

  @Field(() => Completeness, {
    description:
      'Whether there are no more paths. If there are: NODE_LIMIT says that they are beyond `limit`, DEPTH that they are longer than `maxLength`, TIME_LIMIT that finding out took too long. Each page finds those before it anew; beyond the first 10,000 there is no `nextCursor`, nor where time was over before there was any path to answer with.',
  })
  readonly completeness!: Completeness

  @Field(() => String, {
    description:
      'The recording state that this answer reflects: pass it as `atLeast` to read no older state.',
  })
  readonly watermark!: string
}
