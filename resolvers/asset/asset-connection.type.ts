import { Field, Int, ObjectType } from 'type-graphql'
import { PageInfo } from '../node/page-info.type.js'
import { Asset } from './asset.type.js'

@ObjectType({ simpleResolvers: true })
export class AssetConnectionEdge {
  @Field(() => String)
  readonly cursor!: string

  @Field(() => Asset)
  readonly node!: Asset
}

@ObjectType({
  simpleResolvers: true,
  description: 'A page of assets, in the order (namespace, key).',
})
export class AssetConnection {
  @Field(() => [AssetConnectionEdge])
  readonly edges!: readonly AssetConnectionEdge[]

  @Field(() => [Asset])
  readonly nodes!: readonly Asset[]

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo

  /** Asked of the database only where a client selects it. */
  readonly count!: () => Promise<number>

  @Field(() => Int, { description: 'The length of the whole list.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
