import { ArgsType, Field, InputType } from 'type-graphql'
import { PageArgs } from '../node/page.args.js'

@InputType({ description: 'Every condition that is given must hold.' })
export class MaterializationFilter {
  @Field(() => String, { nullable: true })
  readonly jobId?: string | null

  @Field(() => String, { nullable: true })
  readonly dagId?: string | null

  @Field(() => String, { nullable: true })
  readonly nodeTaskId?: string | null

  @Field(() => String, { nullable: true })
  readonly partitionKey?: string | null

  @Field(() => String, { nullable: true })
  readonly version?: string | null

  @Field(() => Date, { nullable: true, description: 'materializedAt at or after.' })
  readonly since?: Date | null

  @Field(() => Date, { nullable: true, description: 'materializedAt before.' })
  readonly until?: Date | null
}

@ArgsType()
export class MaterializationsArgs extends PageArgs {
  @Field(() => MaterializationFilter, { nullable: true })
  readonly filter?: MaterializationFilter | null
}
