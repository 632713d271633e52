import { Field, InputType } from 'type-graphql'

@InputType({ description: 'Names an asset.' })
export class AssetRef {
  @Field(() => String, { description: '1 to 2,048 characters, no control characters.' })
  readonly key!: string

  @Field(() => String, { nullable: true, description: '1 to 512 characters; `default` by default.' })
  readonly namespace?: string | null
}
