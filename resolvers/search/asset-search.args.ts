import { ArgsType, Field, Int } from 'type-graphql'

@ArgsType()
export class AssetSearchArgs {
  @Field(() => String, {
    description:
      'Words, in any order: 1 to 256 characters. Each has to be found in the key, the namespace, the description, a tag (name or value) or an owner: at the beginning of a word or, from 3 characters on, within one; where that fills no page, with a typo: one from 4 letters on, two from 8 on where enough of the word is left. Case and accents do not matter.',
  })
  readonly query!: string

  @Field(() => String, {
    nullable: true,
    description: 'Only what has a name in exactly this namespace, its own or another; all by default.',
  })
  readonly namespace?: string | null

  @Field(() => [String], { nullable: true, description: 'Only these kinds, at most 1,000; all by default.' })
  readonly kinds?: string[] | null

  @Field(() => Int, { nullable: true, description: 'The most hits: 1 to 1,000, 50 by default.' })
  readonly first?: number | null
}
