import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { assetIdOf } from '../../src/lineage/asset-ref.js'
import type { Asset as AssetEntity } from '../../src/lineage/entities.js'
import { checkAssetRef } from '../../src/lineage/recording/check-asset-ref.js'
import { listAssets } from '../../src/use-cases/list-assets.js'
import { historyOf, latestOf, neighboursOf } from '../../src/use-cases/related.js'
import { updateAsset } from '../../src/use-cases/update-asset.js'
import { LineageEdgeConnection } from '../lineage/lineage-edge-connection.type.js'
import { NeighbourArgs } from '../lineage/neighbour.args.js'
import { selects } from '../lineage/selection.js'
import { Materialization } from '../materialization/materialization.type.js'
import { MaterializationConnection } from '../materialization/materialization-connection.type.js'
import { MaterializationsArgs } from '../materialization/materializations.args.js'
import { toGlobalId } from '../node/global-id.js'
import { Pure } from '../pure.js'
import { Asset } from './asset.type.js'
import { AssetConnection } from './asset-connection.type.js'
import { AssetName } from './asset-name.type.js'
import { AssetsArgs } from './assets.args.js'
import { UpdateAssetInput } from './update-asset.input.js'

@Resolver(() => Asset)
export class AssetResolver {
  @Query(() => Asset, {
    nullable: true,
    description:
      'The asset of this name, or of which this is another name (`aliases`); null where none has been recorded or named as an upstream, or where the caller may not see it: the two are not told apart.',
  })
  asset(
    @Arg('key', () => String, { description: '1 to 2,048 characters.' }) key: string,
    @Arg('namespace', () => String, { nullable: true, description: '`default` by default.' }) namespace:
      | string
      | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.asset.load(assetIdOf(checkAssetRef('', { key, namespace })))
  }

  @Query(() => AssetConnection, {
    description:
      'Assets in the order (namespace, key). Errors: BAD_USER_INPUT, and QUERY_TOO_COMPLEX for a selection that takes too long.',
  })
  assets(@Args(() => AssetsArgs) args: AssetsArgs, @Ctx() { store, walkTimeoutMs }: RequestContext) {
    return listAssets(store, args, walkTimeoutMs)
  }

  @Mutation(() => Asset, {
    description:
      'Says something of an asset that is there, beside what recordings say of it. Errors: BAD_USER_INPUT, ASSET_NOT_FOUND.',
  })
  updateAsset(
    @Arg('input', () => UpdateAssetInput, { description: 'What to say of which asset.' })
    input: UpdateAssetInput,
    @Ctx() { store, access }: RequestContext,
  ) {
    return updateAsset(store, access, input)
  }

  @Pure()
  @FieldResolver(() => ID, { description: 'Opaque and stable: `node(id)` answers with this asset.' })
  id(@Root() { assetId }: AssetEntity): string {
    return toGlobalId('Asset', assetId)
  }

  @FieldResolver(() => [AssetName], {
    description:
      'Its other names, by the `symlinks` and renames of OpenLineage events, in the order (namespace, key): the first 1,000 of `aliasCount`. Each name finds it, and what is recorded under one is recorded of it; search finds it by these. Of names in namespaces that the caller may not read none is told, counted or found.',
  })
  async aliases(@Root() { assetId }: AssetEntity, @Ctx() { loaders }: RequestContext) {
    loaders.budget.spend(1)
    return (await loaders.otherNames.load(assetId)).first
  }

  @FieldResolver(() => Int, {
    description: 'How many other names it has, of those that the caller may see: exact.',
  })
  async aliasCount(@Root() { assetId }: AssetEntity, @Ctx() { loaders }: RequestContext) {
    loaders.budget.spend(1)
    return (await loaders.otherNames.load(assetId)).count
  }

  @FieldResolver(() => Materialization, {
    nullable: true,
    description:
      'The latest by materializedAt, whatever the order of arrival: of the partition where one is given, else of the asset as a whole. Null where there is none.',
  })
  latestMaterialization(
    @Root() asset: AssetEntity,
    @Arg('partitionKey', () => String, {
      nullable: true,
      description: 'A partition, 1 to 256 characters; null for the asset as a whole.',
    })
    partitionKey: string | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    return latestOf(loaders, asset, partitionKey)
  }

  @FieldResolver(() => MaterializationConnection, { description: 'Its history, newest first.' })
  materializations(
    @Root() asset: AssetEntity,
    @Args(() => MaterializationsArgs) args: MaterializationsArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return historyOf(loaders, asset, args.filter, args)
  }

  @FieldResolver(() => LineageEdgeConnection, { description: 'What it has been made from, directly.' })
  upstream(
    @Root() asset: AssetEntity,
    @Args(() => NeighbourArgs) args: NeighbourArgs,
    @Ctx() { loaders }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return neighboursOf(loaders, asset, 'UPSTREAM', args, selects(info, ['edges'], ['edge']))
  }

  @FieldResolver(() => LineageEdgeConnection, { description: 'What has been made from it, directly.' })
  downstream(
    @Root() asset: AssetEntity,
    @Args(() => NeighbourArgs) args: NeighbourArgs,
    @Ctx() { loaders }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return neighboursOf(loaders, asset, 'DOWNSTREAM', args, selects(info, ['edges'], ['edge']))
  }
}
