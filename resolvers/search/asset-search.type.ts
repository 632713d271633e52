import { Field, Float, ObjectType } from 'type-graphql'
import { Asset } from '../asset/asset.type.js'
import { SearchPlace } from '../enums.js'

@ObjectType({ simpleResolvers: true, description: 'An asset that a search has found.' })
export class AssetSearchHit {
  @Field(() => Asset, { description: 'What was found.' })
  readonly asset!: Asset

  @Field(() => Float, {
    description:
      'How good a hit it is, from 1 down to 0; the same for all that are found alike. 1: the query is its key; 0.9: its key begins with the query; 0.8: all words are parts of its key; 0.7: parts of its key begin with them; 0.6: its key has them within parts; 0.4: they are elsewhere too; 0.2: some word is only near to one of its own.',
  })
  readonly score!: number

  @Field(() => [SearchPlace], { description: 'Every place that holds one of the words; never empty.' })
  readonly matchedIn!: readonly SearchPlace[]
}

@ObjectType({ simpleResolvers: true, description: 'What a search has found.' })
export class AssetSearch {
  @Field(() => [AssetSearchHit], {
    description: 'The best first; equally good ones in the order (namespace, key).',
  })
  readonly hits!: readonly AssetSearchHit[]

  @Field(() => Boolean, {
    description:
      'Whether these are all there are. False: there are more, or may be: more fulfil the query than `first`; more than about 600 are equally good, of which a fixed choice is looked at; very many words are like one of the query; or assets of an older version of this server are still being made searchable. More words, or a namespace, narrow it.',
  })
  readonly complete!: boolean
}
