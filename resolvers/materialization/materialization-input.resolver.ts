import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { MaterializationInput as MaterializationInputEntity } from '../../src/lineage/entities.js'
import { resolutionOf, versionOf } from '../../src/lineage/input-resolution.js'
import { Asset } from '../asset/asset.type.js'
import { InputResolution } from '../enums.js'
import { MaterializationInput } from './materialization-input.type.js'

@Resolver(() => MaterializationInput)
export class MaterializationInputResolver {
  @FieldResolver(() => Asset, { description: 'The upstream asset.' })
  asset(@Root() { upstreamId }: MaterializationInputEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.asset.load(upstreamId)
  }

  @FieldResolver(() => String, { nullable: true })
  version(@Root() input: MaterializationInputEntity): string | null {
    return versionOf(input)
  }

  @FieldResolver(() => InputResolution, { description: 'How the materialization used became known.' })
  resolution(@Root() input: MaterializationInputEntity): InputResolution {
    return InputResolution[resolutionOf(input)]
  }
}
