import { Field, ObjectType } from 'type-graphql'
import { LineageEdge } from './lineage-edge.type.js'
import { Completeness } from './lineage-graph.type.js'

@ObjectType({
  simpleResolvers: true,
  description: 'A stretch of the edges that have not been seen for some time.',
})
export class UnusedEdges {
  @Field(() => [LineageEdge], { description: 'In an order that means nothing, but stays.' })
  readonly edges!: readonly LineageEdge[]

  @Field(() => Completeness, {
    description:
      'Whether these are all. NODE_LIMIT: there are more. TIME_LIMIT: the time was over before all edges were looked at; there may be more, and this answer may hold few edges, or none. Either way `nextCursor` goes on.',
  })
  readonly completeness!: Completeness
}
