import { ArgsType, Field, InputType } from 'type-graphql'
import { PageArgs } from '../node/page.args.js'

@InputType({ description: 'Every condition that is given must hold.' })
export class MaterializationFilter {
  @Field(() => String, { nullable: true, description: 'Made by exactly this job.' })
  readonly jobId?: string | null

  @Field(() => String, { nullable: true, description: 'Made by exactly this DAG run.' })
  readonly dagId?: string | null

  @Field(() => String, { nullable: true, description: 'Made by exactly this node of a DAG.' })
  readonly nodeTaskId?: string | null

  @Field(() => String, { nullable: true, description: 'Of exactly this partition.' })
  readonly partitionKey?: string | null

  @Field(() => String, { nullable: true, description: 'Of exactly this version.' })
  readonly version?: string | null

  @Field(() => Date, { nullable: true, description: 'materializedAt at or after.' })
  readonly since?: Date | null

  @Field(() => Date, { nullable: true, description: 'materializedAt before.' })
  readonly until?: Date | null
}

@ArgsType()
export class MaterializationsArgs extends PageArgs {
  @Field(() => MaterializationFilter, {
    nullable: true,
    description: 'Only what fulfils it; everything by default.',
  })
  readonly filter?: MaterializationFilter | null
}
