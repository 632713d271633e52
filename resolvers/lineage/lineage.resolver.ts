import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { walkLineage } from '../../src/use-cases/walk-lineage.js'
import { LineageArgs } from './lineage.args.js'
import { LineageGraph } from './lineage-graph.type.js'
import { selects } from './selection.js'

@Resolver()
export class LineageResolver {
  @Query(() => LineageGraph, {
    description:
      'Walks asset-level lineage, breadth-first, each node once. BOTH is everything upstream of the root plus everything downstream of it. Errors: ASSET_NOT_FOUND, BAD_USER_INPUT, and QUERY_TOO_COMPLEX where what a filter hides connects more than 100,000 pairs of assets.',
  })
  lineage(
    @Args(() => LineageArgs) args: LineageArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const wants = {
      hidden: selects(info, ['nodes'], ['hiddenUpstream', 'hiddenDownstream']),
      sightings: selects(info, ['edges', 'backEdges'], ['firstSeenAt', 'lastSeenAt', 'materializationCount']),
    }
    return walkLineage(store, args, wants, walkTimeoutMs)
  }
}
