import { Field, ObjectType } from 'type-graphql'
import { Node } from '../node/node.type.js'
import { JsonObject } from '../scalars/json-object.js'

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description:
    'A named thing that is produced, identified by (namespace, key). It appears when it is recorded, or named as an upstream.',
})
export class Asset extends Node {
  @Field(() => String, { description: '`default` where the executor named none.' })
  readonly namespace!: string

  @Field(() => String, { description: 'Its name within the namespace, e.g. `ocr/text`.' })
  readonly key!: string

  @Field(() => String, {
    description:
      'What sort of thing it is: text, json, bbox, classification, vector, image, table, metadata, blob or any other word. As the newest recording, registration or update that stated a kind did; inferred from the key where none has.',
  })
  readonly kind!: string

  @Field(() => [String], {
    description:
      'Technologies it is made of or with, e.g. `s3`, `dbt`; as the newest recording that stated them did.',
  })
  readonly kinds!: readonly string[]

  @Field(() => String, { nullable: true, description: 'As the newest recording that gave one did.' })
  readonly description!: string | null

  @Field(() => JsonObject, {
    description: 'Names and values attached to it, by updateAsset.',
  })
  readonly tags!: Record<string, unknown>

  @Field(() => [String], { description: 'Who answers for it, by updateAsset.' })
  readonly owners!: readonly string[]

  @Field(() => Date, { description: 'When this server first heard of it.' })
  readonly createdAt!: Date

  @Field(() => Date, { description: 'When a recording last said something of it.' })
  readonly updatedAt!: Date

  @Field(() => Date, {
    nullable: true,
    description:
      'Since when it is retired (retireAsset): its edges are not CURRENT. Null where it is not, was restored, or has been materialized since.',
  })
  readonly retiredAt!: Date | null
}
