import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { type RunRef as RunRefEntity, runIdOf } from '../../src/lineage/openlineage/run-id.js'
import type { Run as RunEntity } from '../../src/lineage/openlineage/run-outcome.js'
import { checkRunRef, listRuns } from '../../src/use-cases/list-runs.js'
import { childrenOf, datasetsOf, madeByRun } from '../../src/use-cases/parts-of-run.js'
import { AssetConnection } from '../asset/asset-connection.type.js'
import { MaterializationConnection } from '../materialization/materialization-connection.type.js'
import { toGlobalId } from '../node/global-id.js'
import { PageArgs } from '../node/page.args.js'
import { NamedRun, Run } from './run.type.js'
import { RunConnection } from './run-connection.type.js'
import { RunRef, RunsArgs } from './runs.args.js'

@Resolver(() => Run)
export class RunResolver {
  @Query(() => Run, {
    nullable: true,
    description:
      'The run of this name; null where no event of it has come, or where the caller may not see it. Error: BAD_USER_INPUT.',
  })
  run(
    @Arg('ref', () => RunRef, { description: 'Which run.' }) ref: RunRef,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.run.load(runIdOf(checkRunRef('ref.', ref)))
  }

  @Query(() => RunConnection, {
    description: 'Runs, newest (by begunAt) first, failed ones too. Error: BAD_USER_INPUT.',
  })
  runs(@Args(() => RunsArgs) args: RunsArgs, @Ctx() { store }: RequestContext) {
    return listRuns(store, args.filter, args)
  }

  @FieldResolver(() => ID, { description: 'Opaque and stable: `node(id)` answers with this run.' })
  id(@Root() { id }: RunEntity): string {
    return toGlobalId('Run', id)
  }

  @FieldResolver(() => RunConnection, {
    description: 'The runs that name it as their parent, newest (by begunAt) first.',
  })
  children(@Root() run: RunEntity, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: RequestContext) {
    return childrenOf(loaders, run, args)
  }

  @FieldResolver(() => AssetConnection, {
    description: 'What its events name as its inputs, all of them together, however it ended.',
  })
  inputs(@Root() run: RunEntity, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: RequestContext) {
    return datasetsOf(loaders, run, 'INPUTS', args)
  }

  @FieldResolver(() => AssetConnection, {
    description:
      'What its events name as its outputs, all of them together, however it ended. What it has made in fact are its materializations.',
  })
  outputs(@Root() run: RunEntity, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: RequestContext) {
    return datasetsOf(loaders, run, 'OUTPUTS', args)
  }

  @FieldResolver(() => MaterializationConnection, {
    description:
      'What it has made, newest first: a batch when it has completed, a stream or a service from when it runs, however it ends. Empty where a batch has failed or was aborted.',
  })
  materializations(
    @Root() run: RunEntity,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return madeByRun(loaders, run, args)
  }
}

@Resolver(() => NamedRun)
export class NamedRunResolver {
  @FieldResolver(() => Run, {
    nullable: true,
    description: 'The run itself; null where no event of it has come.',
  })
  run(@Root() ref: RunRefEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.run.load(runIdOf(ref))
  }
}
