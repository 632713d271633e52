import { Field, ID, InputType } from 'type-graphql'
import { CheckSeverity, CheckStatus } from '../enums.js'
import { JsonObject } from '../scalars/json-object.js'

@InputType({ description: 'What one check said.' })
export class CheckResultInput {
  @Field(() => String, { description: '1 to 512 characters, no control characters.' })
  readonly name!: string

  @Field(() => CheckStatus, { description: 'How it ended.' })
  readonly status!: CheckStatus

  @Field(() => CheckSeverity, {
    nullable: true,
    description: 'How bad it is where it fails; ERROR by default.',
  })
  readonly severity?: CheckSeverity | null

  @Field(() => JsonObject, { nullable: true, description: 'At most 256 KiB of JSON and 64 levels.' })
  readonly details?: Record<string, unknown> | null
}

@InputType({ description: 'What checks said of one materialization.' })
export class RecordCheckResultsInput {
  @Field(() => ID, { description: 'The materialization, as its `id` has it.' })
  readonly materializationId!: string

  @Field(() => [CheckResultInput], { description: '1 to 1,000.' })
  readonly checks!: CheckResultInput[]

  @Field(() => String, {
    nullable: true,
    description:
      'Makes the call repeatable, 1 to 512 characters, for this materialization: the same key with the same content answers with the first results and writes nothing; with other content, IDEMPOTENCY_KEY_REUSED.',
  })
  readonly idempotencyKey?: string | null

  @Field(() => Date, {
    nullable: true,
    description: 'When they ran, 1970 to 9999; by default the server’s clock.',
  })
  readonly checkedAt?: Date | null
}
