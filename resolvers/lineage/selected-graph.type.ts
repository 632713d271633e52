import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { LineageEdge } from './lineage-edge.type.js'
import { Completeness } from './lineage-graph.type.js'

@ObjectType({ simpleResolvers: true, description: 'An asset that is selected.' })
export class SelectedNode {
  @Field(() => Asset, { description: 'The asset itself.' })
  readonly asset!: Asset

  @Field(() => Int, {
    description:
      'Direct upstream neighbours, of the scope asked for, that this answer (and those it continues) does not contain.',
  })
  readonly hiddenUpstream!: number

  @Field(() => Int, { description: 'The same downstream.' })
  readonly hiddenDownstream!: number
}

@ObjectType({
  simpleResolvers: true,
  description: 'What a selection selects, in the order (namespace, key), with the edges between.',
})
export class SelectedGraph {
  @Field(() => [SelectedNode], { description: 'The assets selected, each once.' })
  readonly nodes!: readonly SelectedNode[]

  @Field(() => [LineageEdge], {
    description:
      'Every edge, of the scope asked for, between two nodes of this answer, or between one and a node of the answers it continues; contracted ones where `contract` asks for them.',
  })
  readonly edges!: readonly LineageEdge[]

  @Field(() => [LineageEdge], {
    description:
      'Edges of this answer that close a cycle; the others form none. Empty where there is no cycle.',
  })
  readonly backEdges!: readonly LineageEdge[]

  @Field(() => Int, { description: 'How many assets are selected in all.' })
  readonly totalCount!: number

  @Field(() => Completeness, {
    description: 'Whether this is everything; if not, how to go on. Stopped by NODE_LIMIT or CHANGED.',
  })
  readonly completeness!: Completeness

  @Field(() => String, {
    description:
      'The recording state that this answer reflects: pass it as `atLeast` to read no older state.',
  })
  readonly watermark!: string
}
