import { ArgsType, Field, InputType } from 'type-graphql'
import { RunState } from '../enums.js'
import { PageArgs } from '../node/page.args.js'

@InputType({ description: 'Names a run, reported or not.' })
export class RunRef {
  @Field(() => String, { description: 'The namespace of its job: 1 to 512 characters.' })
  readonly jobNamespace!: string

  @Field(() => String, { description: 'The name of its job: 1 to 2,048 characters.' })
  readonly jobName!: string

  @Field(() => String, { description: 'Its own id, as its producer gave it: 1 to 512 characters.' })
  readonly runId!: string
}

@InputType({ description: 'Every condition that is given must hold.' })
export class RunFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Of jobs of exactly this namespace: 1 to 512 characters.',
  })
  readonly jobNamespace?: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'Of exactly this job: 1 to 2,048 characters. Jobs are named by namespace and name, so jobNamespace has to be given too.',
  })
  readonly jobName?: string | null

  @Field(() => String, { nullable: true, description: 'Of exactly this DAG: 1 to 512 characters.' })
  readonly dagId?: string | null

  @Field(() => RunState, { nullable: true, description: 'In this state now.' })
  readonly state?: RunState | null

  @Field(() => Date, { nullable: true, description: 'begunAt at or after.' })
  readonly since?: Date | null

  @Field(() => Date, { nullable: true, description: 'begunAt before.' })
  readonly until?: Date | null

  @Field(() => RunRef, {
    nullable: true,
    description: 'Parts of exactly this run, whether or not it has been reported itself.',
  })
  readonly parent?: RunRef | null
}

@ArgsType()
export class RunsArgs extends PageArgs {
  @Field(() => RunFilter, {
    nullable: true,
    description: 'Only what fulfils it; everything by default.',
  })
  readonly filter?: RunFilter | null
}
