import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { Completeness } from './lineage-graph.type.js'

@ObjectType({ simpleResolvers: true, description: 'How many assets lie at one distance.' })
export class DistanceCount {
  @Field(() => Int, {
    nullable: true,
    description:
      'Least number of hops from the root; 0 for the root itself. Null for everything further out than the other entries.',
  })
  readonly distance!: number | null

  @Field(() => Int, { description: 'How many assets lie there.' })
  readonly assetCount!: number
}

@ObjectType({ simpleResolvers: true, description: 'How many assets are of one kind.' })
export class KindCount {
  @Field(() => String, {
    nullable: true,
    description:
      'The kind; null for all that the other entries leave: of further kinds, or not looked at before the time was over (TIME_LIMIT).',
  })
  readonly kind!: string | null

  @Field(() => Int, { description: 'How many there are.' })
  readonly assetCount!: number
}

@ObjectType({ simpleResolvers: true, description: 'How many assets are in one namespace.' })
export class NamespaceCount {
  @Field(() => String, {
    nullable: true,
    description:
      'The namespace; null for all that the other entries leave: of further namespaces, or not looked at before the time was over (TIME_LIMIT).',
  })
  readonly namespace!: string | null

  @Field(() => Int, { description: 'How many there are.' })
  readonly assetCount!: number
}

@ObjectType({
  simpleResolvers: true,
  description:
    'What `lineage` would answer with over all its pages, in numbers. The counts of each list add up to `nodeCount`.',
})
export class LineageSummary {
  @Field(() => Asset, { description: 'Where the walk started.' })
  readonly root!: Asset

  @Field(() => Int, { description: 'How many assets the walk comes to, the root included.' })
  readonly nodeCount!: number

  @Field(() => [DistanceCount], {
    description: 'By distance, the nearest first: at most 1,000 entries, and one for all others.',
  })
  readonly byDistance!: readonly DistanceCount[]

  @Field(() => [KindCount], {
    description:
      'By kind, the most frequent first, then by name: at most 1,000 entries, and one for all others.',
  })
  readonly byKind!: readonly KindCount[]

  @Field(() => [NamespaceCount], {
    description:
      'By namespace, the largest first, then by name: at most 1,000 entries, and one for all others.',
  })
  readonly byNamespace!: readonly NamespaceCount[]

  @Field(() => Completeness, {
    description:
      'Whether this is everything. DEPTH: more lies further out. FILTER: the filter kept something back. TIME_LIMIT: what is counted is all within some distance, or kinds and namespaces were not counted to the end. There is no cursor: ask for less depth.',
  })
  readonly completeness!: Completeness

  @Field(() => String, {
    description:
      'The recording state that this answer reflects: pass it as `atLeast` to read no older state.',
  })
  readonly watermark!: string
}
