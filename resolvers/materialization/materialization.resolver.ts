import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type { Materialization as MaterializationEntity } from '../../src/lineage/entities.js'
import { checksOf } from '../../src/use-cases/checks.js'
import { findByVersion } from '../../src/use-cases/find-by-version.js'
import { listMaterializations } from '../../src/use-cases/list-materializations.js'
import { provenanceOf } from '../../src/use-cases/provenance.js'
import { consumersOf } from '../../src/use-cases/related.js'
import { Asset } from '../asset/asset.type.js'
import { AssetRef } from '../asset/asset-ref.input.js'
import { CheckResultConnection } from '../check/check-result.type.js'
import { fromGlobalId, toGlobalId } from '../node/global-id.js'
import { PageArgs } from '../node/page.args.js'
import { Run } from '../run/run.type.js'
import { Materialization } from './materialization.type.js'
import { MaterializationConnection } from './materialization-connection.type.js'
import { MaterializationGraph } from './materialization-graph.type.js'
import { MaterializationInput } from './materialization-input.type.js'
import { MaterializationLineageArgs } from './materialization-lineage.args.js'
import { MaterializationsArgs } from './materializations.args.js'

@Resolver(() => Materialization)
export class MaterializationResolver {
  @Query(() => Materialization, {
    nullable: true,
    description: 'The materialization of this id; null where there is none.',
  })
  materialization(
    @Arg('id', () => ID, { description: 'As `Materialization.id` has it.' }) id: string,
    @Ctx() { loaders }: RequestContext,
  ) {
    const [assetId = '', materializationId = ''] = fromGlobalId('id', id, 'Materialization').ids
    return loaders.materialization.load({ assetId, materializationId })
  }

  @Query(() => MaterializationConnection, { description: 'Materializations of all assets, newest first.' })
  materializations(
    @Args(() => MaterializationsArgs) args: MaterializationsArgs,
    @Ctx() { store }: RequestContext,
  ) {
    return listMaterializations(store, args.filter, args)
  }

  @Query(() => Materialization, {
    nullable: true,
    description:
      'The newest materialization of this asset with exactly this version; null where there is none. A cache look-up: one step in an index.',
  })
  materializationByVersion(
    @Arg('asset', () => AssetRef, { description: 'Whose version it is.' }) asset: AssetRef,
    @Arg('version', () => String, { description: '1 to 256 characters.' }) version: string,
    @Ctx() { store }: RequestContext,
  ) {
    return findByVersion(store, asset, version)
  }

  @FieldResolver(() => ID, {
    description: 'Opaque and stable: `node(id)` answers with this materialization.',
  })
  id(@Root() { assetId, materializationId }: MaterializationEntity): string {
    return toGlobalId('Materialization', assetId, materializationId)
  }

  @FieldResolver(() => Asset, { description: 'What was made.' })
  asset(@Root() { assetId }: MaterializationEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.asset.load(assetId)
  }

  @FieldResolver(() => Run, {
    nullable: true,
    description:
      'The run whose OpenLineage events tell of it; null where it was recorded, or where the caller may not see that run.',
  })
  run(@Root() { runId }: MaterializationEntity, @Ctx() { loaders }: RequestContext) {
    return runId === null ? null : loaders.run.load(runId)
  }

  @FieldResolver(() => [MaterializationInput], {
    description:
      'What it was made from, in the order recorded: at most 1,000, each once; `hiddenInputs` counts what may not be seen.',
  })
  inputs(@Root() materialization: MaterializationEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.inputs.load(materialization).then(({ items }) => items)
  }

  @FieldResolver(() => Int, {
    description: 'How many more things it was made from that the caller may not see: counted, never named.',
  })
  hiddenInputs(@Root() materialization: MaterializationEntity, @Ctx() { loaders }: RequestContext) {
    return loaders.inputs.load(materialization).then(({ hidden }) => hidden)
  }

  @FieldResolver(() => Int, {
    description: 'How many more materializations were made from it that the caller may not see.',
  })
  hiddenConsumers(
    @Root() { assetId, materializationId }: MaterializationEntity,
    @Ctx() { loaders }: RequestContext,
  ) {
    return loaders.hiddenConsumers.load({ assetId, materializationId })
  }

  @FieldResolver(() => CheckResultConnection, { description: 'What checks said of it, newest first.' })
  checks(
    @Root() { assetId, materializationId }: MaterializationEntity,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return checksOf(loaders, { assetId, materializationId }, args)
  }

  @FieldResolver(() => MaterializationConnection, {
    description: 'The materializations that were made from it, newest first.',
  })
  consumers(
    @Root() { assetId, materializationId }: MaterializationEntity,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return consumersOf(loaders, { assetId, materializationId }, args)
  }

  @FieldResolver(() => MaterializationGraph, {
    description:
      'Its exact provenance: walks from it through the very materializations used, breadth-first, each once. A later run upstream does not change it; what arrives late, of an earlier time, may. A list of at most 100 materializations may ask for it. Errors: BAD_USER_INPUT, QUERY_TOO_COMPLEX.',
  })
  lineage(
    @Root() { assetId, materializationId }: MaterializationEntity,
    @Args(() => MaterializationLineageArgs) args: MaterializationLineageArgs,
    @Ctx() { loaders, walkTimeoutMs }: RequestContext,
  ) {
    return provenanceOf(loaders, { assetId, materializationId }, args, walkTimeoutMs)
  }
}
