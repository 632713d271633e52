import { Field, ObjectType } from 'type-graphql'
import { Materialization } from '../materialization/materialization.type.js'

@ObjectType({
  simpleResolvers: true,
  description: 'What a recording has come to. It is committed.',
})
export class RecordMaterializationsPayload {
  @Field(() => [Materialization], { description: 'In the order of the input’s assets.' })
  readonly materializations!: readonly Materialization[]

  @Field(() => Boolean, { description: 'True where this delivery was a repeat and nothing was written.' })
  readonly duplicate!: boolean

  @Field(() => String, { description: 'Pass it as `atLeast` to a walk that must show this recording.' })
  readonly watermark!: string
}
