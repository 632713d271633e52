import { Arg, Ctx, Field, Int, Mutation, ObjectType, Resolver } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import { registerConfig } from '../../src/use-cases/register-config.js'
import { AssetConfigInput } from './config.input.js'

@ObjectType({ simpleResolvers: true, description: 'What has been registered.' })
class AssetConfigPayload {
  @Field(() => Int, { description: 'How many nodes.' })
  readonly nodeCount!: number

  @Field(() => Int, { description: 'How many assets they are expected to make, each counted once.' })
  readonly assetCount!: number
}

@Resolver()
export class ConfigResolver {
  @Mutation(() => AssetConfigPayload, {
    description:
      'Registers what nodes are expected to make: all of it or nothing. It gates nothing: what nobody has registered can be recorded as before. Error: BAD_USER_INPUT.',
  })
  registerAssetConfig(
    @Arg('input', () => AssetConfigInput, { description: 'What nodes are expected to make.' })
    input: AssetConfigInput,
    @Ctx() { store, access }: RequestContext,
  ) {
    return registerConfig(store, access, input)
  }
}
