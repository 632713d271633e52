import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { fromGlobalId } from './global-id.js'
import { Node } from './node.type.js'

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      'Whatever has this global id; null where nothing has. Error: BAD_USER_INPUT for what is no id.',
  })
  node(
    @Arg('id', () => ID, { description: 'A global id, as every `id` of this API is.' }) id: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    const { type, ids } = fromGlobalId('id', id)
    const [itsId = '', idWithin = ''] = ids
    switch (type) {
      case 'Asset':
        return loaders.asset.load(itsId)
      case 'Materialization':
        return loaders.materialization.load({ assetId: itsId, materializationId: idWithin })
      case 'CheckResult':
        return loaders.checkResult.load({ assetId: itsId, checkId: idWithin })
      case 'Run':
        return loaders.run.load(itsId)
    }
  }
}
