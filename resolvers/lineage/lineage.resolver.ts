import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { diffLineage } from '../../src/use-cases/diff-lineage.js'
import { findLineagePaths } from '../../src/use-cases/find-paths.js'
import { walkLineage } from '../../src/use-cases/walk-lineage.js'
import { LineageArgs } from './lineage.args.js'
import { LineageDiffArgs } from './lineage-diff.args.js'
import { LineageDiff } from './lineage-diff.type.js'
import { LineageGraph } from './lineage-graph.type.js'
import { LineagePathsArgs } from './lineage-paths.args.js'
import { LineagePaths } from './lineage-paths.type.js'
import { SIGHTINGS, selects } from './selection.js'

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
      sightings: selects(info, ['edges', 'backEdges'], SIGHTINGS),
    }
    return walkLineage(store, args, wants, walkTimeoutMs)
  }

  @Query(() => LineageDiff, {
    description:
      'Compares the lineage of an asset at two times, each exactly as `lineage(asOf:)` has it. Errors: ASSET_NOT_FOUND, BAD_USER_INPUT.',
  })
  lineageDiff(
    @Args(() => LineageDiffArgs) args: LineageDiffArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const withSightings = selects(info, ['addedEdges', 'removedEdges'], SIGHTINGS)
    return diffLineage(store, args, withSightings, walkTimeoutMs)
  }

  @Query(() => LineagePaths, {
    description:
      'How one asset comes to flow into another: the simple paths along the flow of data, upstream to downstream, shortest first; of the same length in the order of the (namespace, key) of the assets along them, compared one after the other. No path is an empty list with `complete: true`; from an asset to itself there is one, of length 0. Errors: ASSET_NOT_FOUND, BAD_USER_INPUT.',
  })
  lineagePaths(
    @Args(() => LineagePathsArgs) args: LineagePathsArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
  ) {
    return findLineagePaths(store, args, walkTimeoutMs)
  }
}
