import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { StopReason } from '../enums.js'
import { LineageEdge } from './lineage-edge.type.js'

@ObjectType({
  simpleResolvers: true,
  description: 'Says whether an answer is the whole truth. A client never has to guess.',
})
export class Completeness {
  @Field(() => Boolean, { description: 'Whether nothing that the walk would reach is missing.' })
  readonly complete!: boolean

  @Field(() => [StopReason], { description: 'Why it is not complete; empty where it is.' })
  readonly stoppedBy!: readonly StopReason[]

  @Field(() => String, {
    nullable: true,
    description:
      'Continues the same walk where it stopped: pass it as `after`. Null where nothing more lies within the depth asked for, and where time was over before the walk was back at the cursor that it was given.',
  })
  readonly nextCursor!: string | null
}

@ObjectType({
  simpleResolvers: true,
  description: 'An asset that a walk has reached.',
})
export class LineageNode {
  @Field(() => Asset, { description: 'The asset itself.' })
  readonly asset!: Asset

  @Field(() => Int, { description: 'Least number of hops from the root; 0 for the root itself.' })
  readonly distance!: number

  @Field(() => Int, {
    description:
      'Direct upstream neighbours, of the walk’s scope, that this answer (and those it continues) does not contain.',
  })
  readonly hiddenUpstream!: number

  @Field(() => Int, { description: 'The same downstream.' })
  readonly hiddenDownstream!: number
}

@ObjectType({
  simpleResolvers: true,
  description: 'What a walk found, in the order (distance, namespace, key).',
})
export class LineageGraph {
  @Field(() => Asset, {
    description: 'Where the walk started; among the nodes unless this continues an answer.',
  })
  readonly root!: Asset

  @Field(() => [LineageNode], { description: 'The assets reached, each once, the root first.' })
  readonly nodes!: readonly LineageNode[]

  @Field(() => [LineageEdge], {
    description:
      'Every edge, of the walk’s scope, between two nodes of this answer, or between one and a node of the answers it continues.',
  })
  readonly edges!: readonly LineageEdge[]

  @Field(() => [LineageEdge], {
    description:
      'Edges of this answer that close a cycle; the others form none. Empty where there is no cycle.',
  })
  readonly backEdges!: readonly LineageEdge[]

  @Field(() => Completeness, { description: 'Whether this is everything; if not, why, and how to go on.' })
  readonly completeness!: Completeness

  @Field(() => String, {
    description:
      'The recording state that this answer reflects: pass it as `atLeast` to read no older state.',
  })
  readonly watermark!: string
}
