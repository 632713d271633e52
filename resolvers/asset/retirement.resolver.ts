import { Args, ArgsType, Ctx, Field, Mutation, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { restoreAsset, retireAsset } from '../../src/use-cases/retire-asset.js'
import { Asset } from './asset.type.js'
import { AssetRef } from './asset-ref.input.js'

@ArgsType()
class RetirementArgs {
  @Field(() => AssetRef, { description: 'Which asset.' })
  readonly asset!: AssetRef

  @Field(() => Date, { nullable: true, description: 'From when on: now, the default, or earlier.' })
  readonly at?: Date | null
}

@Resolver()
export class RetirementResolver {
  @Mutation(() => Asset, {
    description:
      'Says that an asset is not there any more, e.g. because its table was dropped. Its edges are not CURRENT from then on; ALL, and walks as of an earlier time, show them as before. A materialization after that time revives it. Of an asset that is retired already nothing changes. Errors: BAD_USER_INPUT, ASSET_NOT_FOUND.',
  })
  retireAsset(@Args(() => RetirementArgs) args: RetirementArgs, @Ctx() { store, access }: RequestContext) {
    return retireAsset(store, access, args)
  }

  @Mutation(() => Asset, {
    description:
      'Takes a retirement back, from a time on. Of an asset that is not retired by then nothing changes. Errors: BAD_USER_INPUT, ASSET_NOT_FOUND.',
  })
  restoreAsset(@Args(() => RetirementArgs) args: RetirementArgs, @Ctx() { store, access }: RequestContext) {
    return restoreAsset(store, access, args)
  }
}
