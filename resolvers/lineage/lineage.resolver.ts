import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { diffLineage } from '../../src/use-cases/diff-lineage.js'
import { findLineagePaths } from '../../src/use-cases/find-paths.js'
import { lineageCycles } from '../../src/use-cases/lineage-cycles.js'
import { summarizeLineage } from '../../src/use-cases/summarize-lineage.js'
import { unusedEdges } from '../../src/use-cases/unused-edges.js'
import { walkLineage } from '../../src/use-cases/walk-lineage.js'
import { LineageArgs } from './lineage.args.js'
import { LineageCyclesArgs } from './lineage-cycles.args.js'
import { LineageCycles } from './lineage-cycles.type.js'
import { LineageDiffArgs } from './lineage-diff.args.js'
import { LineageDiff } from './lineage-diff.type.js'
import { LineageGraph } from './lineage-graph.type.js'
import { LineagePathsArgs } from './lineage-paths.args.js'
import { LineagePaths } from './lineage-paths.type.js'
import { LineageSummary } from './lineage-summary.type.js'
import { SIGHTINGS, selects } from './selection.js'
import { UnusedEdgesArgs } from './unused-edges.args.js'
import { UnusedEdges } from './unused-edges.type.js'
import { WalkArgs } from './walk.args.js'

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

  @Query(() => LineageSummary, {
    description:
      'Counts everything that the same walk as `lineage` comes to, however much that is, before anything is loaded. Errors: ASSET_NOT_FOUND, BAD_USER_INPUT.',
  })
  lineageSummary(
    @Args(() => WalkArgs) args: WalkArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const withTallies = selects(info, ['byKind', 'byNamespace'])
    return summarizeLineage(store, args, withTallies, walkTimeoutMs)
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

  @Query(() => LineageCycles, {
    description:
      'What was made from itself, over whatever way: groups of assets of which each was made from each, in the order (namespace, key) of their first assets. Costs as much as there are edges. Errors: BAD_USER_INPUT.',
  })
  lineageCycles(
    @Args(() => LineageCyclesArgs) args: LineageCyclesArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const wants = {
      withEdges: selects(info, ['cycles'], ['edges']),
      withSightings: selects(info, ['cycles'], ['edges'], SIGHTINGS),
    }
    return lineageCycles(store, args, wants, walkTimeoutMs)
  }

  @Query(() => UnusedEdges, {
    description:
      'Edges that no materialization has had for some time: candidates for what is not there any more. Looks at all edges, in no order that means anything, but always the same. Errors: BAD_USER_INPUT.',
  })
  unusedEdges(
    @Args(() => UnusedEdgesArgs) args: UnusedEdgesArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
  ) {
    return unusedEdges(store, args, walkTimeoutMs)
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
