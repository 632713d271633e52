import { Field, InputType } from 'type-graphql'
import { BigIntScalar } from '../scalars/big-int.js'
import { JsonObject } from '../scalars/json-object.js'
import { ColumnDependencyInput, ColumnInput } from './column.input.js'

@InputType({ description: 'What something was made from.' })
export class UpstreamRefInput {
  @Field(() => String, {
    description: '1 to 2,048 characters, no control characters. It need not be recorded yet.',
  })
  readonly key!: string

  @Field(() => String, { nullable: true, description: '1 to 512 characters; `default` by default.' })
  readonly namespace?: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'The version used, 1 to 256 characters. Without one, the latest at or before materializedAt is inferred.',
  })
  readonly version?: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'The partition used, 1 to 256 characters. The call’s own partitionKey does not apply here: without one, any partition counts.',
  })
  readonly partitionKey?: string | null
}

@InputType({ description: 'One asset that a run made.' })
export class MaterializedAssetInput {
  @Field(() => String, { description: '1 to 2,048 characters, no control characters.' })
  readonly key!: string

  @Field(() => String, { nullable: true, description: '1 to 512 characters; `default` by default.' })
  readonly namespace?: string | null

  @Field(() => String, { nullable: true, description: 'Of its content, 1 to 256 characters.' })
  readonly version?: string | null

  @Field(() => String, {
    nullable: true,
    description: '1 to 128 characters. Without one, inferred from the key.',
  })
  readonly kind?: string | null

  @Field(() => [String], { nullable: true, description: 'Technologies, at most 32 of 1 to 128 characters.' })
  readonly kinds?: string[] | null

  @Field(() => String, { nullable: true, description: 'At most 65,536 characters.' })
  readonly description?: string | null

  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes, 0 or more.' })
  readonly sizeBytes?: bigint | null

  @Field(() => String, { nullable: true, description: '1 to 512 characters, in any notation.' })
  readonly checksum?: string | null

  @Field(() => String, { nullable: true, description: 'Where the content is: 1 to 8,192 characters.' })
  readonly uri?: string | null

  @Field(() => String, { nullable: true, description: 'E.g. a commit: 1 to 512 characters.' })
  readonly codeVersion?: string | null

  @Field(() => JsonObject, {
    nullable: true,
    description: 'At most 256 KiB of JSON and 64 levels. Integers from 2^53 on as strings.',
  })
  readonly metadata?: Record<string, unknown> | null

  @Field(() => String, { nullable: true, description: '1 to 256 characters; by default the call’s.' })
  readonly partitionKey?: string | null

  @Field(() => [UpstreamRefInput], {
    nullable: true,
    description: 'In addition to the call’s own upstream; at most 1,000 together.',
  })
  readonly upstream?: UpstreamRefInput[] | null

  @Field(() => [ColumnInput], {
    nullable: true,
    description:
      'Its columns, in their order, each once: at most 10,000, and 100,000 in one call. An empty list says nothing.',
  })
  readonly columns?: ColumnInput[] | null

  @Field(() => [ColumnDependencyInput], {
    nullable: true,
    description:
      'The columns that decided about all of its columns, e.g. in a filter or a join: at most 1,000. All of these uses are indirect.',
  })
  readonly columnDependencies?: ColumnDependencyInput[] | null
}

@InputType({ description: 'What one run made, and from what.' })
export class RecordMaterializationsInput {
  @Field(() => String, { description: 'The job that ran: 1 to 512 characters, any.' })
  readonly jobId!: string

  @Field(() => String, { nullable: true, description: 'The DAG run: 1 to 512 characters.' })
  readonly dagId?: string | null

  @Field(() => String, { nullable: true, description: 'The node of the DAG: 1 to 512 characters.' })
  readonly nodeTaskId?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The slice of every asset that names none: 1 to 256 characters.',
  })
  readonly partitionKey?: string | null

  @Field(() => BigIntScalar, {
    nullable: true,
    description:
      'The same (storageEventId, asset) again updates that materialization, unless its materializedAt is older.',
  })
  readonly storageEventId?: bigint | null

  @Field(() => String, {
    nullable: true,
    description:
      'Makes the call repeatable, 1 to 512 characters: the same key with the same content answers with the first result and writes nothing; with other content, IDEMPOTENCY_KEY_REUSED.',
  })
  readonly idempotencyKey?: string | null

  @Field(() => Date, {
    nullable: true,
    description: 'When it was made, 1970 to 9999; by default the server’s clock.',
  })
  readonly materializedAt?: Date | null

  @Field(() => [MaterializedAssetInput], {
    description:
      '1 to 1,000. The same asset may stand here more than once (not with a storageEventId): the last counts as the latest.',
  })
  readonly assets!: MaterializedAssetInput[]

  @Field(() => [UpstreamRefInput], {
    nullable: true,
    description: 'What every asset of this call was made from.',
  })
  readonly upstream?: UpstreamRefInput[] | null
}
