import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { LineageEdge } from './lineage-edge.type.js'
import { Completeness } from './lineage-graph.type.js'

@ObjectType({
  simpleResolvers: true,
  description:
    'Assets of which each was made from each, directly or over others of them, and as many of these as there are (a strongly connected component); or one that was made from itself.',
})
export class LineageCycle {
  @Field(() => [Asset], { description: 'In the order (namespace, key), at most 1,000.' })
  readonly assets!: readonly Asset[]

  @Field(() => Int, { description: 'How many assets it has.' })
  readonly assetCount!: number

  @Field(() => [LineageEdge], {
    description:
      'The edges with both ends among its assets, in the order of their downstream ends, then of their upstream ones; at most 10,000.',
  })
  readonly edges!: readonly LineageEdge[]

  @Field(() => Int, { description: 'How many of these edges there are.' })
  readonly edgeCount!: number

  @Field(() => Boolean, { description: 'Whether one of the two lists is cut. The counts are not.' })
  readonly isCut!: boolean
}

@ObjectType({ simpleResolvers: true, description: 'A stretch of the cycles of the graph.' })
export class LineageCycles {
  @Field(() => [LineageCycle], { description: 'In the order (namespace, key) of their first assets.' })
  readonly cycles!: readonly LineageCycle[]

  @Field(() => Int, {
    nullable: true,
    description: 'How many there are on all pages; null where the time was over before all were found.',
  })
  readonly total!: number | null

  @Field(() => Completeness, {
    description:
      'Whether this is everything. NODE_LIMIT: there are more cycles behind `nextCursor`, or one of these is cut. TIME_LIMIT: the time was over before all were found, and none is listed; not even that there are none is said.',
  })
  readonly completeness!: Completeness

  @Field(() => String, {
    description:
      'The recording state that this answer reflects: pass it as `atLeast` to read no older state.',
  })
  readonly watermark!: string
}
