import { Field, ObjectType } from 'type-graphql'
import { Node } from '../node/node.type.js'
import { BigIntScalar } from '../scalars/big-int.js'
import { JsonObject } from '../scalars/json-object.js'

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: 'One production of an asset by a job.',
})
export class Materialization extends Node {
  @Field(() => String, { nullable: true, description: 'Of its content, as its executor names it.' })
  readonly version!: string | null

  @Field(() => String, { description: 'The job that made it.' })
  readonly jobId!: string

  @Field(() => String, { nullable: true, description: 'The DAG run that made it.' })
  readonly dagId!: string | null

  @Field(() => String, { nullable: true, description: 'The node of the DAG that made it.' })
  readonly nodeTaskId!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The slice of the asset that it is; null where it has none.',
  })
  readonly partitionKey!: string | null

  @Field(() => BigIntScalar, {
    nullable: true,
    description: 'Delivered again for the same asset, it updates this one.',
  })
  readonly storageEventId!: bigint | null

  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes, 0 or more.' })
  readonly sizeBytes!: bigint | null

  @Field(() => String, {
    nullable: true,
    description: 'Of its content, in whatever notation its executor uses.',
  })
  readonly checksum!: string | null

  @Field(() => String, { nullable: true, description: 'Where its content is.' })
  readonly uri!: string | null

  @Field(() => String, { nullable: true, description: 'Of the code that made it, e.g. a commit.' })
  readonly codeVersion!: string | null

  @Field(() => JsonObject, { description: 'Whatever else its executor says; {} where nothing.' })
  readonly metadata!: Record<string, unknown>

  @Field(() => Date, {
    description: 'When the executor says it was made; where it says nothing, as recordedAt.',
  })
  readonly materializedAt!: Date

  @Field(() => Date, { description: 'When this server recorded it.' })
  readonly recordedAt!: Date
}
