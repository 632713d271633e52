import { ArgsType, Field, Int } from 'type-graphql'
import { EdgeScope } from '../enums.js'

@ArgsType()
export class LineageOfSelectionArgs {
  @Field(() => String, {
    description:
      'Which assets, e.g. `+key:"ocr/*" and not kind:json`: at most 2,000 characters, 100 conditions and 64 levels of parentheses. The grammar: docs/selection.md. Error: BAD_USER_INPUT, which says at which column it is wrong.',
  })
  readonly selection!: string

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether what lies between selected assets is contracted: A → (not selected) → B appears as A → B, with `viaCount`. Only edges between selected assets by default.',
  })
  readonly contract?: boolean | null

  @Field(() => Int, {
    nullable: true,
    description: 'The most nodes to answer with: 1 to 10,000, 500 by default.',
  })
  readonly limit?: number | null

  @Field(() => EdgeScope, {
    nullable: true,
    description: 'Which edges count: for what the selection follows, and to be shown. ALL by default.',
  })
  readonly scope?: EdgeScope | null

  @Field(() => String, {
    nullable: true,
    description:
      'The `nextCursor` of the same selection (all other arguments alike, but for limit and atLeast).',
  })
  readonly after?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'A watermark: show at least that state, or say SERVICE_UNAVAILABLE.',
  })
  readonly atLeast?: string | null
}
