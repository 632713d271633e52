import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { PageInfo } from '../node/page-info.type.js'
import { LineageEdge } from './lineage-edge.type.js'

@ObjectType({ simpleResolvers: true })
export class LineageEdgeConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => Asset, { description: 'The asset at the far end.' })
  readonly node!: Asset

  @Field(() => LineageEdge, { description: 'The edge that leads there.' })
  readonly edge!: LineageEdge
}

@ObjectType({
  simpleResolvers: true,
  description: 'Direct neighbours, in the order (namespace, key). `nodes` are the assets at the far ends.',
})
export class LineageEdgeConnection {
  @Field(() => [LineageEdgeConnectionEdge])
  readonly edges!: readonly LineageEdgeConnectionEdge[]

  @Field(() => [Asset])
  readonly nodes!: readonly Asset[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  @Field(() => Int, {
    description:
      'The number of all direct neighbours this way that the caller may see; how many others there are the nodes of a walk say (`hiddenUpstream`, `hiddenDownstream`).',
  })
  readonly totalCount!: number
}
