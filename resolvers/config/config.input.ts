import { Field, InputType } from 'type-graphql'
import { JsonObject } from '../scalars/json-object.js'

@InputType({ description: 'An asset that a node is expected to make.' })
export class AssetSpecInput {
  @Field(() => String, { description: '1 to 2,048 characters, no control characters.' })
  readonly key!: string

  @Field(() => String, { nullable: true, description: '1 to 512 characters; `default` by default.' })
  readonly namespace?: string | null

  @Field(() => String, {
    nullable: true,
    description: '1 to 128 characters. Without one, inferred from the key.',
  })
  readonly kind?: string | null

  @Field(() => [String], { nullable: true, description: 'Technologies, at most 32 of 1 to 128 characters.' })
  readonly kinds?: string[] | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is what the node is there for; false by default.',
  })
  readonly isPrimary?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether a run is incomplete without it; true by default.',
  })
  readonly isRequired?: boolean | null

  @Field(() => String, { nullable: true, description: 'At most 65,536 characters.' })
  readonly description?: string | null

  @Field(() => JsonObject, { nullable: true, description: 'At most 256 KiB of JSON and 64 levels.' })
  readonly metadata?: Record<string, unknown> | null
}

@InputType({ description: 'What one node is expected to make, and from which nodes.' })
export class NodeAssetConfigInput {
  @Field(() => String, { description: 'The node: 1 to 512 characters.' })
  readonly nodeTaskId!: string

  @Field(() => [String], {
    nullable: true,
    description:
      'The nodes whose assets it uses, at most 1,000. Empty: it uses none. Absent: as its earlier runs show.',
  })
  readonly upstreamNodes?: string[] | null

  @Field(() => [AssetSpecInput], { description: 'At most 1,000, each asset once.' })
  readonly assets!: AssetSpecInput[]
}

@InputType({
  description:
    'What nodes are expected to make. With dagId: for that DAG run alone. Without: for every run that has nodes of these names.',
})
export class AssetConfigInput {
  @Field(() => String, { nullable: true, description: 'The DAG run: 1 to 512 characters.' })
  readonly dagId?: string | null

  @Field(() => String, { nullable: true, description: 'What the DAG is called: 1 to 512 characters.' })
  readonly dagName?: string | null

  @Field(() => [NodeAssetConfigInput], {
    description:
      '1 to 1,000, each node once, with at most 10,000 assets together. What was registered of a node before is replaced as a whole; nodes that are not named stay.',
  })
  readonly nodes!: NodeAssetConfigInput[]

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: only nodes of which nothing is registered yet under this dagId, or in general; the others stay as they are, and are not counted. False by default.',
  })
  readonly unlessRegistered?: boolean | null
}
