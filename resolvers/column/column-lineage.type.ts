import { Field, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { ColumnTransformationType } from '../enums.js'
import { Completeness } from '../lineage/lineage-graph.type.js'

@ObjectType({ simpleResolvers: true, description: 'A column of an asset.' })
export class AssetColumn {
  @Field(() => Asset, { description: 'Whose column it is.' })
  readonly asset!: Asset

  @Field(() => String, { description: 'Its name.' })
  readonly column!: string
}

@ObjectType({ simpleResolvers: true, description: 'A column that a walk has reached.' })
export class ColumnNode {
  @Field(() => Asset, { description: 'Whose column it is.' })
  readonly asset!: Asset

  @Field(() => String, { description: 'Its name.' })
  readonly column!: string

  @Field(() => Int, { description: 'Least number of hops from the root; 0 for the root itself.' })
  readonly distance!: number
}

@ObjectType({
  simpleResolvers: true,
  description: 'What was done with a column; whether by its value, the edge says.',
})
export class ColumnTransformation {
  @Field(() => ColumnTransformationType, { description: 'As the edge: INDIRECT where it is indirect.' })
  readonly type!: ColumnTransformationType

  @Field(() => String, {
    nullable: true,
    description:
      'E.g. IDENTITY, TRANSFORMATION, AGGREGATION; JOIN, GROUP_BY, FILTER, SORT, WINDOW, CONDITIONAL.',
  })
  readonly subtype!: string | null

  @Field(() => String, { nullable: true, description: 'In words, or as an expression.' })
  readonly description!: string | null

  @Field(() => Boolean, {
    description: 'Whether the value cannot be told any more from what came of it, as of a hash or a count.',
  })
  readonly masking!: boolean
}

@ObjectType({
  simpleResolvers: true,
  description:
    'The downstream column was made from the upstream one. Between two columns there may be several: of direct uses, of indirect ones, and of what all columns were made from.',
})
export class ColumnEdge {
  @Field(() => AssetColumn, { description: 'What the downstream one was made from.' })
  readonly upstream!: AssetColumn

  @Field(() => AssetColumn, { description: 'What was made from the upstream one.' })
  readonly downstream!: AssetColumn

  @Field(() => Boolean, {
    description:
      'False where the value of the upstream column went into the downstream one; true where it decided about it, e.g. in a filter or a join.',
  })
  readonly isIndirect!: boolean

  @Field(() => Boolean, {
    description:
      'Whether it was stated of all columns of the downstream asset together; then it is indirect.',
  })
  readonly isOfAll!: boolean

  @Field(() => [ColumnTransformation], {
    description:
      'What was done, as what stated it last did: each once, in no order that means anything. May be empty.',
  })
  readonly transformations!: readonly ColumnTransformation[]

  @Field(() => Date, {
    description:
      'The earliest materializedAt of what had this edge; when it was declared, where nothing has.',
  })
  readonly firstSeenAt!: Date

  @Field(() => Date, { description: 'The latest.' })
  readonly lastSeenAt!: Date
}

@ObjectType({
  simpleResolvers: true,
  description: 'The columns behind one, or before it, in the order (distance, namespace, key, column).',
})
export class ColumnLineage {
  @Field(() => AssetColumn, {
    description: 'Where the walk started; among the nodes unless this continues an answer.',
  })
  readonly root!: AssetColumn

  @Field(() => [ColumnNode], { description: 'The columns reached, each once, the root first.' })
  readonly nodes!: readonly ColumnNode[]

  @Field(() => [ColumnEdge], {
    description:
      'Every edge between two nodes of this answer, or between one and a node of the answers it continues: at most 100,000.',
  })
  readonly edges!: readonly ColumnEdge[]

  @Field(() => [ColumnEdge], {
    description:
      'Edges of this answer that close a cycle; the others form none. Empty where there is no cycle.',
  })
  readonly backEdges!: readonly ColumnEdge[]

  @Field(() => Completeness, {
    description: 'Whether this is everything that is recorded within reach; if not, why, and how to go on.',
  })
  readonly completeness!: Completeness
}
