import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql'
import type { RequestContext } from '../../src/context.js'
import type {
  Asset as AssetEntity,
  Materialization as MaterializationEntity,
} from '../../src/lineage/entities.js'
import { columnsOfAsset, columnsOfMaterialization } from '../../src/use-cases/columns.js'
import { columnLineage } from '../../src/use-cases/walk-columns.js'
import { Asset } from '../asset/asset.type.js'
import { Materialization } from '../materialization/materialization.type.js'
import { Column } from './column.type.js'
import { ColumnLineageArgs } from './column-lineage.args.js'
import { ColumnLineage } from './column-lineage.type.js'
import { ColumnsArgs } from './columns.args.js'

@Resolver(() => Asset)
export class AssetColumnsResolver {
  @FieldResolver(() => [Column], {
    description:
      'Its columns in their order, as they were stated last, by time; empty where nobody has. Error: QUERY_TOO_COMPLEX beyond 50,000 in one answer: take wider ones in pages.',
  })
  columns(
    @Root() asset: AssetEntity,
    @Args(() => ColumnsArgs) page: ColumnsArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return columnsOfAsset(loaders, asset, page)
  }
}

@Resolver(() => Materialization)
export class MaterializationColumnsResolver {
  @FieldResolver(() => [Column], {
    description:
      'Its columns in their order; empty where nobody has stated them of it. Error: QUERY_TOO_COMPLEX beyond 50,000 in one answer: take wider ones in pages.',
  })
  columns(
    @Root() materialization: MaterializationEntity,
    @Args(() => ColumnsArgs) page: ColumnsArgs,
    @Ctx() { loaders }: RequestContext,
  ) {
    return columnsOfMaterialization(loaders, materialization, page)
  }
}

@Resolver()
export class ColumnLineageResolver {
  @Query(() => ColumnLineage, {
    description:
      'Walks from a column to the columns that it was made from, or that were made from it, breadth-first, each once. What all columns of an asset were made from counts for each that anything has named. Errors: ASSET_NOT_FOUND; BAD_USER_INPUT, also where nothing has named the column; and QUERY_TOO_COMPLEX for more than 100,000 edges in one answer.',
  })
  columnLineage(
    @Args(() => ColumnLineageArgs) args: ColumnLineageArgs,
    @Ctx() { store, walkTimeoutMs }: RequestContext,
  ) {
    return columnLineage(store, args, walkTimeoutMs)
  }
}
