import { Field, InputType } from 'type-graphql'
import { AssetRef } from '../asset/asset-ref.input.js'
import { ColumnTransformationType } from '../enums.js'

@InputType({ description: 'What was done with a column.' })
export class ColumnTransformationInput {
  @Field(() => ColumnTransformationType, { description: 'Of `columnDependencies` every use is INDIRECT.' })
  readonly type!: ColumnTransformationType

  @Field(() => String, {
    nullable: true,
    description:
      '1 to 128 characters, any: OpenLineage has IDENTITY, TRANSFORMATION, AGGREGATION; JOIN, GROUP_BY, FILTER, SORT, WINDOW, CONDITIONAL.',
  })
  readonly subtype?: string | null

  @Field(() => String, { nullable: true, description: 'At most 65,536 characters; an empty one is none.' })
  readonly description?: string | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the value cannot be told any more from what came of it; false by default.',
  })
  readonly masking?: boolean | null
}

@InputType({
  description: 'A column that was used. Its asset is an upstream then, whether or not it is named as one.',
})
export class ColumnDependencyInput {
  @Field(() => AssetRef, { description: 'Whose column it is. It need not be recorded yet.' })
  readonly asset!: AssetRef

  @Field(() => String, { description: '1 to 300 characters, no control characters.' })
  readonly column!: string

  @Field(() => [ColumnTransformationInput], {
    nullable: true,
    description: 'At most 100. Without any the use is direct.',
  })
  readonly transformations?: ColumnTransformationInput[] | null
}

@InputType({ description: 'A column of what was made, and what it was made from.' })
export class ColumnInput {
  @Field(() => String, {
    description: '1 to 300 characters, no control characters. A nested one by its path, with dots.',
  })
  readonly name!: string

  @Field(() => String, { nullable: true, description: '1 to 8,192 characters, in any words.' })
  readonly type?: string | null

  @Field(() => String, { nullable: true, description: 'At most 65,536 characters; an empty one is none.' })
  readonly description?: string | null

  @Field(() => [ColumnDependencyInput], {
    nullable: true,
    description: 'The columns that it was made from: at most 1,000, and 100,000 in one call.',
  })
  readonly inputs?: ColumnDependencyInput[] | null
}
