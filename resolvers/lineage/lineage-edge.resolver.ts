import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { WalkedEdge } from '../../src/lineage/walk/walk.js'
import { isEdgeCurrent } from '../../src/use-cases/related.js'
import { LineageEdge } from './lineage-edge.type.js'

@Resolver(() => LineageEdge)
export class LineageEdgeResolver {
  @FieldResolver(() => Boolean, {
    description:
      'Whether it is in the latest materialization of its downstream asset, of at least one partition, and neither end is retired; in an answer as of a time, whether it was then.',
  })
  isCurrent(@Root() edge: WalkedEdge, @Ctx() { loaders }: RequestContext) {
    return isEdgeCurrent(loaders, edge)
  }
}
