import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { recordAll } from '../../src/use-cases/record.js'
import { RecordMaterializationsInput } from './recording.input.js'
import { RecordMaterializationsPayload } from './recording-payload.type.js'

@Resolver()
export class RecordingResolver {
  @Mutation(() => RecordMaterializationsPayload, {
    description:
      'Records what one run made and from what: all of it or nothing. Nothing has to be declared first. Errors: BAD_USER_INPUT, IDEMPOTENCY_KEY_REUSED, SERVICE_UNAVAILABLE (nothing is known then: send it again with the same idempotencyKey).',
  })
  async recordMaterializations(
    @Arg('input', () => RecordMaterializationsInput, { description: 'What the run made.' })
    input: RecordMaterializationsInput,
    @Ctx() { store, access }: RequestContext,
  ) {
    const [payload] = await recordAll(store, access, [{ field: 'input', input }])
    return payload
  }

  @Mutation(() => [RecordMaterializationsPayload], {
    description:
      'Records several runs, at most 100, in one transaction: all or nothing. Errors as recordMaterializations.',
  })
  recordMaterializationBatch(
    @Arg('inputs', () => [RecordMaterializationsInput], { description: 'One for each run: 1 to 100.' })
    inputs: RecordMaterializationsInput[],
    @Ctx() { store, access }: RequestContext,
  ) {
    return recordAll(
      store,
      access,
      inputs.map((input, at) => ({ field: `inputs[${at}]`, input })),
    )
  }
}
