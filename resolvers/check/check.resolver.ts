import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { CheckResult as CheckResultEntity } from '../../src/lineage/checks/check-result.js'
import { recordCheckResults } from '../../src/use-cases/checks.js'
import { Materialization } from '../materialization/materialization.type.js'
import { fromGlobalId, toGlobalId } from '../node/global-id.js'
import { RecordCheckResultsInput } from './check.input.js'
import { CheckResult } from './check-result.type.js'

@Resolver(() => CheckResult)
export class CheckResolver {
  @Mutation(() => [CheckResult], {
    description:
      'Records what checks said of a materialization, in the order given: all of it or nothing. Errors: BAD_USER_INPUT, MATERIALIZATION_NOT_FOUND, IDEMPOTENCY_KEY_REUSED.',
  })
  recordCheckResults(
    @Arg('input', () => RecordCheckResultsInput, { description: 'What checks said.' })
    input: RecordCheckResultsInput,
    @Ctx() { store, access }: RequestContext,
  ) {
    const { ids } = fromGlobalId('input.materializationId', input.materializationId, 'Materialization')
    const [assetId = '', materializationId = ''] = ids
    return recordCheckResults(store, access, { assetId, materializationId }, input)
  }

  @FieldResolver(() => ID, {
    description: 'Opaque and stable: `node(id)` answers with this check result.',
  })
  id(@Root() { assetId, checkId }: CheckResultEntity): string {
    return toGlobalId('CheckResult', assetId, checkId)
  }

  @FieldResolver(() => Materialization, {
    description:
      'What was checked. Of an assertion what its run used, as of an input, or made itself: worked out each time, so that a late arrival may make it another.',
  })
  materialization(
    @Root() { assetId, materializationId }: CheckResultEntity,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.materialization.load({ assetId, materializationId })
  }
}
