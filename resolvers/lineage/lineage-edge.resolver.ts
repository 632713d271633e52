import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { LineageEdge as LineageEdgeEntity } from '../../src/lineage/entities.js'
import { LineageEdge } from './lineage-edge.type.js'

@Resolver(() => LineageEdge)
export class LineageEdgeResolver {
  @FieldResolver(() => Boolean, {
    description:
      'Whether it is in the latest materialization of its downstream asset, of at least one partition.',
  })
  isCurrent(@Root() edge: LineageEdgeEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.isCurrent.load(edge)
  }
}
