import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { LineageEdge } from './lineage-edge.type.js'
import { Completeness } from './lineage-graph.type.js'

@ObjectType({
  simpleResolvers: true,
  description:
    'How a lineage has changed between two times. Counts are exact; lists hold the first of each, in the order (namespace, key), of edges by their downstream ends and then by their upstream ones.',
})
export class LineageDiff {
  @Field(() => [Asset], { description: 'Assets that were not in the lineage at `from`, and were at `to`.' })
  readonly addedNodes!: readonly Asset[]

  @Field(() => [Asset], { description: 'Assets that were at `from`, and no longer at `to`.' })
  readonly removedNodes!: readonly Asset[]

  @Field(() => [LineageEdge], { description: 'The same of edges, as of `to`.' })
  readonly addedEdges!: readonly LineageEdge[]

  @Field(() => [LineageEdge], { description: 'The same of edges, as of `from`.' })
  readonly removedEdges!: readonly LineageEdge[]

  @Field(() => Int, { description: 'How many assets have come.' })
  readonly addedNodeCount!: number

  @Field(() => Int, { description: 'How many assets have gone.' })
  readonly removedNodeCount!: number

  @Field(() => Int, { description: 'How many assets were there at both times.' })
  readonly unchangedNodeCount!: number

  @Field(() => Int, { description: 'How many edges have come.' })
  readonly addedEdgeCount!: number

  @Field(() => Int, { description: 'How many edges have gone.' })
  readonly removedEdgeCount!: number

  @Field(() => Int, { description: 'How many edges were there at both times.' })
  readonly unchangedEdgeCount!: number

  @Field(() => Completeness, {
    description:
      'Whether this is everything. DEPTH: more lies further out, at one time or both. NODE_LIMIT: a list is cut, the counts are not. TIME_LIMIT: only what lies within some distance was compared, exactly. There is no cursor: ask for a greater limit or less depth.',
  })
  readonly completeness!: Completeness
}
