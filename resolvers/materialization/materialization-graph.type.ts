import { Field, Int, ObjectType } from 'type-graphql'
import { InputResolution } from '../enums.js'
import { Completeness } from '../lineage/lineage-graph.type.js'
import { Materialization } from './materialization.type.js'

@ObjectType({
  simpleResolvers: true,
  description: 'A materialization that a walk has reached.',
})
export class MaterializationNode {
  @Field(() => Materialization, { description: 'The materialization itself.' })
  readonly materialization!: Materialization

  @Field(() => Int, { description: 'Least number of hops from the root; 0 for the root itself.' })
  readonly distance!: number

  @Field(() => Int, {
    description:
      'How many of its inputs lead nowhere, because the very materialization used is not recorded, or has been pruned: nothing is known of what lies upstream of these. 0 or more, whichever way the walk goes.',
  })
  readonly unresolvedInputs!: number
}

@ObjectType({
  simpleResolvers: true,
  description: 'The downstream materialization was made from the upstream one.',
})
export class MaterializationGraphEdge {
  @Field(() => Materialization, { description: 'What the downstream one was made from.' })
  readonly upstream!: Materialization

  @Field(() => Materialization, { description: 'What was made from the upstream one.' })
  readonly downstream!: Materialization

  @Field(() => InputResolution, {
    description:
      'How that became known: REPORTED or INFERRED. Several inputs that come to the same materialization are one edge, REPORTED where one of them named the version.',
  })
  readonly resolution!: InputResolution
}

@ObjectType({
  simpleResolvers: true,
  description:
    'The materializations behind one, or before it, in the order (distance, namespace, key, materializedAt, id).',
})
export class MaterializationGraph {
  @Field(() => Materialization, {
    description: 'Where the walk started; among the nodes unless this continues an answer.',
  })
  readonly root!: Materialization

  @Field(() => [MaterializationNode], {
    description: 'The materializations reached, each once, the root first.',
  })
  readonly nodes!: readonly MaterializationNode[]

  @Field(() => [MaterializationGraphEdge], {
    description:
      'Every edge between two nodes of this answer, or between one and a node of the answers it continues.',
  })
  readonly edges!: readonly MaterializationGraphEdge[]

  @Field(() => [MaterializationGraphEdge], {
    description:
      'Edges of this answer that close a cycle; the others form none. Empty where there is no cycle: one comes about only where something names a version that was made later, directly or not, from itself.',
  })
  readonly backEdges!: readonly MaterializationGraphEdge[]

  @Field(() => Completeness, {
    description:
      'Whether this is everything that is recorded within reach; if not, why, and how to go on. Inputs that are not recorded are counted at the nodes.',
  })
  readonly completeness!: Completeness
}
