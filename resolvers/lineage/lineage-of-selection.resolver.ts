import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, Info, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { lineageOfSelection } from '../../src/use-cases/lineage-of-selection.js'
import { LineageOfSelectionArgs } from './lineage-of-selection.args.js'
import { SelectedGraph } from './selected-graph.type.js'
import { SIGHTINGS, selects } from './selection.js'

@Resolver()
export class LineageOfSelectionResolver {
  @Query(() => SelectedGraph, {
    description:
      'The assets that a selection selects, and the edges between them. Errors: BAD_USER_INPUT; QUERY_TOO_COMPLEX for a selection that takes too long, asks more than 10,000 assets for their status, or is contracted to more than 100,000 edges.',
  })
  lineageOfSelection(
    @Args(() => LineageOfSelectionArgs) args: LineageOfSelectionArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const wants = {
      hidden: selects(info, ['nodes'], ['hiddenUpstream', 'hiddenDownstream']),
      sightings: selects(info, ['edges', 'backEdges'], SIGHTINGS),
    }
    return lineageOfSelection(store, args, wants, walkTimeoutMs)
  }
}
