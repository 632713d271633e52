import { Arg, Args, Ctx, Resolver, Root, Subscription } from 'type-graphql'
import type { OperationStream, RequestContext } from '../../src/context.js'
import type { NodeStatus } from '../../src/lineage/config/node-status.js'
import type { RecordedEvent } from '../../src/store/store.js'
import { followDagStatus } from '../../src/use-cases/follow-dag-status.js'
import { followMaterializations } from '../../src/use-cases/follow-materializations.js'
import { followStaleness, type StalenessChange } from '../../src/use-cases/follow-staleness.js'
import { NodeMaterializationStatus } from '../status/status.type.js'
import { MaterializationRecordedArgs, StalenessChangedArgs } from './live.args.js'
import { MaterializationEvent, StalenessEvent } from './live.type.js'

interface Subscribing<Args> {
  args: Args
  context: RequestContext
}

/** What becomes of it. */
function streamOf({ stream }: RequestContext): OperationStream {
  if (stream === null) throw new Error('a subscription has come in a way that has no room for one')
  return stream
}

@Resolver()
export class LiveResolver {
  @Subscription(() => MaterializationEvent, {
    description:
      'Everything that is recorded, in the order of its transactions, which is the same for all: from `after` on, none missed and none twice, over cuts, restarts and several servers; without `after` from now on. Only what the caller may see. Errors: BAD_USER_INPUT, also for a watermark that is ahead of the database, as after a restore; SERVICE_UNAVAILABLE, to be tried again from the last watermark.',
    subscribe: async ({ args, context }: Subscribing<MaterializationRecordedArgs>) => {
      const stream = streamOf(context)
      const after = stream.lastWatermark ?? args.after
      const { since, events } = await followMaterializations(context.store, { ...args, after }, stream.signal)
      stream.watermark = since
      return events
    },
  })
  materializationRecorded(
    @Root() event: RecordedEvent,
    @Args(() => MaterializationRecordedArgs) _args: MaterializationRecordedArgs,
    @Ctx() { loaders }: RequestContext,
  ): RecordedEvent {
    loaders.asset.prime(event.asset.assetId, event.asset)
    return event
  }

  @Subscription(() => [NodeMaterializationStatus], {
    description:
      'The whole status of the run, as `dagStatus` has it: at once, and again at each change. Changes that follow within a twentieth of a second come as one; what is registered without a recording within five seconds. Error: BAD_USER_INPUT.',
    subscribe: ({ args: { dagId }, context }: Subscribing<{ dagId: string }>) =>
      followDagStatus(context.store, dagId, streamOf(context).signal),
  })
  dagStatusChanged(
    @Root() statuses: NodeStatus[],
    @Arg('dagId', () => String, { description: 'The DAG run: 1 to 512 characters.' }) _dagId: string,
  ): NodeStatus[] {
    return statuses
  }

  @Subscription(() => StalenessEvent, {
    description:
      'Whenever an asset of some becomes stale, or is not any more: at most 1,000 assets, as they are at the time. Looked for after each recording, at most twice a second. Errors: BAD_USER_INPUT; QUERY_TOO_COMPLEX where the selection, or judging it, takes too long.',
    subscribe: ({ args, context }: Subscribing<StalenessChangedArgs>) =>
      followStaleness(context.store, args, context.walkTimeoutMs, streamOf(context).signal),
  })
  stalenessChanged(
    @Root() change: StalenessChange,
    @Args(() => StalenessChangedArgs) _args: StalenessChangedArgs,
  ): StalenessChange {
    return change
  }
}
