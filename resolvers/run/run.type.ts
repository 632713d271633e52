import { Field, ObjectType } from 'type-graphql'
import { RunState } from '../enums.js'
import { Node } from '../node/node.type.js'

@ObjectType({
  simpleResolvers: true,
  description:
    'A run as another names it. It may never have been reported itself, before this one or at all: its events may come later, or go elsewhere.',
})
export class NamedRun {
  @Field(() => String, { description: 'The namespace of its job.' })
  readonly jobNamespace!: string

  @Field(() => String, { description: 'The name of its job.' })
  readonly jobName!: string

  @Field(() => String, { description: 'Its own id, as its producer gave it.' })
  readonly runId!: string
}

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description:
    'One execution of a job, as all of its OpenLineage events together tell of it. Its name is (jobNamespace, jobName, runId).',
})
export class Run extends Node {
  @Field(() => String, { description: 'The namespace of its job: 1 to 512 characters.' })
  readonly jobNamespace!: string

  @Field(() => String, { description: 'The name of its job: 1 to 2,048 characters.' })
  readonly jobName!: string

  @Field(() => String, {
    description: 'Its own id, as its producer gave it: mostly a UUID. 1 to 512 characters.',
  })
  readonly runId!: string

  @Field(() => RunState, { description: 'What it has come to.' })
  readonly state!: RunState

  @Field(() => Date, {
    description: 'When it started or, where no event says, the time of its earliest event.',
  })
  readonly begunAt!: Date

  @Field(() => Date, {
    nullable: true,
    description: 'The time of its earliest START; null where none has come.',
  })
  readonly startedAt!: Date | null

  @Field(() => Date, {
    nullable: true,
    description: 'The time of its latest COMPLETE, FAIL or ABORT; null where none has come.',
  })
  readonly endedAt!: Date | null

  @Field(() => Date, {
    nullable: true,
    description:
      'When it was scheduled for, or where the data that it is about begins; null where it does not say.',
  })
  readonly nominalStartAt!: Date | null

  @Field(() => Date, {
    nullable: true,
    description: 'Where the time that it is about ends; null where it does not say.',
  })
  readonly nominalEndAt!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'Why it failed, at most 65,536 characters of it; null where it does not say.',
  })
  readonly errorMessage!: string | null

  @Field(() => NamedRun, {
    nullable: true,
    description:
      'The run that it is a part of; null where it names none, or one that the caller may not see.',
  })
  readonly parent!: NamedRun | null

  @Field(() => NamedRun, {
    nullable: true,
    description:
      'The outermost run that it is a part of; null where it names none, or one that the caller may not see.',
  })
  readonly root!: NamedRun | null

  @Field(() => String, {
    nullable: true,
    description:
      'The DAG that its materializations carry: see `Materialization.dagId`. Null where none is known.',
  })
  readonly dagId!: string | null

  @Field(() => String, { description: 'The node of the DAG that its materializations carry.' })
  readonly nodeTaskId!: string
}
