import { Field, Float, Int, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { Materialization } from '../materialization/materialization.type.js'
import { BigIntScalar } from '../scalars/big-int.js'

@ObjectType({
  simpleResolvers: true,
  description: 'How far a node of a DAG run is with what it is expected to make.',
})
export class NodeMaterializationStatus {
  @Field(() => String, { description: 'The DAG run.' })
  readonly dagId!: string

  @Field(() => String, { nullable: true, description: 'As registered.' })
  readonly dagName!: string | null

  @Field(() => String, { description: 'The node.' })
  readonly nodeTaskId!: string

  @Field(() => Int, { description: 'How many assets are registered for it.' })
  readonly expectedAssets!: number

  @Field(() => Int, { description: 'How many assets it has recorded in this run, expected or not.' })
  readonly materializedAssets!: number

  @Field(() => Int, { description: 'How many of the expected assets are required.' })
  readonly requiredAssets!: number

  @Field(() => Int, { description: 'How many of the required assets it has recorded in this run.' })
  readonly materializedRequired!: number

  @Field(() => Boolean, {
    description:
      'True too where nothing is required. False where something is that the caller may not see: of that it is not said whether it was recorded.',
  })
  readonly allRequiredMaterialized!: boolean

  @Field(() => Boolean, { description: 'The same as allRequiredMaterialized.' })
  readonly isComplete!: boolean

  @Field(() => Float, {
    description:
      'Of the required assets those recorded, 0 to 100, with fractions; 100 where nothing is required.',
  })
  readonly completionPercentage!: number

  @Field(() => [String], { description: 'Keys of the required assets not recorded, as registered.' })
  readonly missingRequiredAssets!: readonly string[]

  @Field(() => Date, {
    nullable: true,
    description: 'The latest materializedAt of this node in this run; null where it has recorded nothing.',
  })
  readonly lastMaterializedAt!: Date | null

  @Field(() => Int, {
    description:
      'How many further assets it has recorded in this run, or is expected to, that the caller may not see. The other fields leave them out.',
  })
  readonly hiddenAssets!: number

  @Field(() => Int, {
    description: 'How many further nodes of this DAG run have no asset that the caller may see.',
  })
  readonly hiddenNodes!: number
}

@ObjectType({ simpleResolvers: true, description: 'An asset that a node is to use.' })
export class UpstreamAsset {
  @Field(() => Asset, { description: 'The asset itself.' })
  readonly asset!: Asset

  @Field(() => String, { nullable: true, description: 'That of the materialization.' })
  readonly version!: string | null

  @Field(() => String, { nullable: true, description: 'That of the materialization.' })
  readonly partitionKey!: string | null

  @Field(() => Materialization, {
    nullable: true,
    description: 'The latest of this DAG run where it has one, else the latest; null where there is none.',
  })
  readonly materialization!: Materialization | null
}

@ObjectType({ simpleResolvers: true, description: 'What has become of an asset in a span of time.' })
export class AssetHealth {
  readonly assetId!: string

  @Field(() => Int, { description: 'By how many DAG runs it was materialized.' })
  readonly dagCount!: number

  @Field(() => BigIntScalar, { description: 'How often it was materialized.' })
  readonly materializationCount!: bigint

  @Field(() => Date, { description: 'The latest materializedAt.' })
  readonly lastMaterializedAt!: Date
}
