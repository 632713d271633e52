import { ArgsType, Field, InputType } from 'type-graphql'
import { EdgeScope } from '../enums.js'
import { PageArgs } from '../node/page.args.js'

@InputType({
  description:
    'Every condition that is given must hold. What is asked of namespace and key holds where it does of one of the names of an asset (`aliases`).',
})
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

  @Field(() => String, {
    nullable: true,
    description:
      'Only what it selects, e.g. `+key:"ocr/*" and not kind:json`: at most 2,000 characters, 100 conditions and 64 levels of parentheses. The grammar: docs/selection.md. Everything by default.',
  })
  readonly selection?: string | null

  @Field(() => EdgeScope, {
    nullable: true,
    description: 'Which edges count where the selection follows them. ALL by default.',
  })
  readonly scope?: EdgeScope | null
}
