import { Args, Ctx, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { searchAssets } from '../../src/use-cases/search-assets.js'
import { AssetSearchArgs } from './asset-search.args.js'
import { AssetSearch } from './asset-search.type.js'

@Resolver()
export class AssetSearchResolver {
  @Query(() => AssetSearch, {
    description:
      'Finds assets by what they are called and what is said of them, best first: as one types. Sees all that was recorded before. Error: BAD_USER_INPUT.',
  })
  searchAssets(@Args(() => AssetSearchArgs) args: AssetSearchArgs, @Ctx() { store }: RequestContext) {
    return searchAssets(store, args)
  }
}
