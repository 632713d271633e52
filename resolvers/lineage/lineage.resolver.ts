import { Args, Ctx, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { walkLineage } from '../../src/use-cases/walk-lineage.js'
import { LineageArgs } from './lineage.args.js'
import { LineageGraph } from './lineage-graph.type.js'

@Resolver()
export class LineageResolver {
  @Query(() => LineageGraph, {
    description:
      'Walks asset-level lineage, breadth-first, each node once. BOTH is everything upstream of the root plus everything downstream of it. Errors: ASSET_NOT_FOUND, BAD_USER_INPUT.',
  })
  lineage(@Args(() => LineageArgs) args: LineageArgs, @Ctx() { store }: RequestContext) {
    return walkLineage(store, args)
  }
}
