import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { AssetHealth as AssetHealthEntity } from '../../src/store/store.js'
import { assetHealth } from '../../src/use-cases/asset-health.js'
import { dagStatus, nodeStatus } from '../../src/use-cases/node-status.js'
import { upstreamAssets } from '../../src/use-cases/upstream-assets.js'
import { Asset } from '../asset/asset.type.js'
import { AssetHealth, NodeMaterializationStatus, UpstreamAsset } from './status.type.js'

const DAG_ID = 'The DAG run: 1 to 512 characters.'
const NODE_TASK_ID = 'The node: 1 to 512 characters.'

@Resolver(() => AssetHealth)
export class StatusResolver {
  @Query(() => NodeMaterializationStatus, {
    nullable: true,
    description:
      'How far a node of a DAG run is; null where it has recorded nothing and nothing is registered of it. Error: BAD_USER_INPUT.',
  })
  nodeStatus(
    @Arg('dagId', () => String, { description: DAG_ID }) dagId: string,
    @Arg('nodeTaskId', () => String, { description: NODE_TASK_ID }) nodeTaskId: string,
    @Ctx() { store, access }: RequestContext,
  ) {
    return nodeStatus(store, dagId, nodeTaskId, !access.mayEverywhere('READ'))
  }

  @Query(() => [NodeMaterializationStatus], {
    description:
      'How far each node of a DAG run is, in the order of their names: nodes that the run has recorded, and those registered for it. Empty for a run of which nothing is known. Error: BAD_USER_INPUT.',
  })
  dagStatus(
    @Arg('dagId', () => String, { description: DAG_ID }) dagId: string,
    @Ctx() { store }: RequestContext,
  ) {
    return dagStatus(store, dagId)
  }

  @Query(() => [UpstreamAsset], {
    description:
      'What the upstream nodes of this node have produced: in this DAG run where they have, else lately. Upstream nodes as registered; where they are not, the assets that earlier runs of this node have used (its last 1,000 materializations). In the order (namespace, key, partition). Error: BAD_USER_INPUT.',
  })
  upstreamAssets(
    @Arg('dagId', () => String, { description: DAG_ID }) dagId: string,
    @Arg('nodeTaskId', () => String, { description: NODE_TASK_ID }) nodeTaskId: string,
    @Ctx() { store, loaders }: RequestContext,
  ) {
    return upstreamAssets(store, loaders, dagId, nodeTaskId)
  }

  @Query(() => [AssetHealth], {
    description: 'What has been materialized of late, most materialized first. Error: BAD_USER_INPUT.',
  })
  assetHealth(
    @Arg('lastHours', () => Int, {
      nullable: true,
      description: 'How far back materializedAt may lie: 1 to 87,600 hours; 24 by default.',
    })
    lastHours: number | null,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'The most assets to answer with: 1 to 1,000; 50 by default.',
    })
    first: number | null,
    @Arg('namespace', () => String, {
      nullable: true,
      description: 'Only assets of this namespace: 1 to 512 characters; of all by default.',
    })
    namespace: string | null,
    @Ctx() { store }: RequestContext,
  ) {
    return assetHealth(store, lastHours, first, namespace)
  }

  @FieldResolver(() => Asset, { description: 'The asset itself.' })
  asset(@Root() { assetId }: AssetHealthEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.asset.load(assetId)
  }
}
