import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { Asset as AssetEntity } from '../../src/lineage/entities.js'
import type { StaleCause as StaleCauseEntity } from '../../src/lineage/staleness/staleness.js'
import { checksOf } from '../../src/use-cases/checks.js'
import { impactOf } from '../../src/use-cases/impact.js'
import { freshnessOfAsset, stalenessOfAsset } from '../../src/use-cases/staleness.js'
import { CheckResultConnection } from '../check/check-result.type.js'
import { selects } from '../lineage/selection.js'
import { PageArgs } from '../node/page.args.js'
import { Asset } from './asset.type.js'
import { Freshness, Impact, StaleCause, Staleness } from './asset-condition.type.js'

/** What can be said of an asset beyond what was recorded: how old, how stale, how used, how good it is. */
@Resolver(() => Asset)
export class AssetConditionResolver {
  @FieldResolver(() => Freshness, { description: 'How long ago it was last materialized.' })
  freshness(@Root() asset: AssetEntity, @Ctx() { loaders, freshness }: RequestContext) {
    return freshnessOfAsset(loaders, asset, freshness)
  }

  @FieldResolver(() => Staleness, {
    description:
      'Whether its upstreams have changed since it was made. Errors: BAD_USER_INPUT; QUERY_TOO_COMPLEX beyond 100,000 partitions upstream.',
  })
  staleness(
    @Root() asset: AssetEntity,
    @Arg('partitionKey', () => String, {
      nullable: true,
      description: 'A partition, 1 to 256 characters; null for all of its partitions together.',
    })
    partitionKey: string | null,
    @Ctx() { loaders }: RequestContext,
  ) {
    return stalenessOfAsset(loaders, asset, partitionKey)
  }

  @FieldResolver(() => Impact, {
    description:
      'What a change of it would touch, exactly. Error: QUERY_TOO_COMPLEX beyond 100 assets in one answer.',
  })
  impact(@Root() asset: AssetEntity, @Ctx() { loaders }: RequestContext, @Info() info: GraphQLResolveInfo) {
    return impactOf(loaders, asset, selects(info, ['recentJobs', 'recentDags']))
  }

  @FieldResolver(() => CheckResultConnection, {
    description: 'What checks said of its materializations, newest first.',
  })
  checks(
    @Root() { assetId }: AssetEntity,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return checksOf(loaders, { assetId, materializationId: null }, args)
  }
}

@Resolver(() => StaleCause)
export class StaleCauseResolver {
  @FieldResolver(() => Asset, { description: 'The upstream asset.' })
  upstream(@Root() { upstreamId }: StaleCauseEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.asset.load(upstreamId)
  }
}
