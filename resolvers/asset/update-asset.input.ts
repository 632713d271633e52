import { Field, InputType } from 'type-graphql'
import { JsonObject } from '../scalars/json-object.js'
import { AssetRef } from './asset-ref.input.js'

@InputType({
  description:
    'What to say of an asset. What is absent or null stays as it is; where nothing is said, updatedAt does too.',
})
export class UpdateAssetInput {
  @Field(() => AssetRef, { description: 'Which asset.' })
  readonly asset!: AssetRef

  @Field(() => String, {
    nullable: true,
    description: '1 to 128 characters. Holds until a later recording states another.',
  })
  readonly kind?: string | null

  @Field(() => [String], {
    nullable: true,
    description:
      'Technologies, at most 32 of 1 to 128 characters. Hold until a later recording states others.',
  })
  readonly kinds?: string[] | null

  @Field(() => String, {
    nullable: true,
    description: 'At most 65,536 characters; empty for none. Holds until a later recording gives another.',
  })
  readonly description?: string | null

  @Field(() => JsonObject, {
    nullable: true,
    description: 'Take the place of all that were there: at most 256 KiB of JSON and 64 levels.',
  })
  readonly tags?: Record<string, unknown> | null

  @Field(() => [String], {
    nullable: true,
    description: 'Take the place of all that were there: at most 100 of 1 to 512 characters.',
  })
  readonly owners?: string[] | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: only what nobody has stated yet, by a recording, an expectation or this mutation; tags and owners only where it has none. What was stated stays. False by default.',
  })
  readonly unlessStated?: boolean | null
}
