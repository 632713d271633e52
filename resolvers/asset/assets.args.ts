import { ArgsType, Field, InputType } from 'type-graphql'
import { PageArgs } from '../node/page.args.js'

@InputType({ description: 'Every condition that is given must hold.' })
export class AssetFilter {
  @Field(() => String, { nullable: true, description: 'Exactly this namespace.' })
  readonly namespace?: string | null

  @Field(() => [String], { nullable: true, description: 'One of these keys; at most 1,000.' })
  readonly keys?: string[] | null

  @Field(() => String, { nullable: true, description: 'A beginning of the key.' })
  readonly keyPrefix?: string | null

  @Field(() => [String], { nullable: true, description: 'One of these kinds; at most 1,000.' })
  readonly kinds?: string[] | null

  @Field(() => String, {
    nullable: true,
    description: 'A part of the key, whatever the case of ASCII letters.',
  })
  readonly search?: string | null
}

@ArgsType()
export class AssetsArgs extends PageArgs {
  @Field(() => AssetFilter, { nullable: true, description: 'Only what fulfils it; everything by default.' })
  readonly filter?: AssetFilter | null
}
