import type { Materialization, MaterializationInput } from '../../lineage/entities.js'
import type { AssetSlice, SliceReader } from '../../lineage/staleness/slice-graph.js'
import type { Session } from './database.js'
import { findInputs } from './input-queries.js'
import { findLatest } from './materialization-queries.js'
import { statement } from './statement.js'

const SLICES = statement(
  'slices of assets',
  `SELECT asset_id AS "assetId", partition_key AS "partitionKey" FROM latest_materialization
   WHERE asset_id = ANY($1::uuid[]) ORDER BY partition_key COLLATE "C"`,
)

/** Reads slices by SQL, in one transaction: four statements a level. */
export class SqlSliceReader implements SliceReader {
  constructor(private readonly session: Session) {}

  async slicesOf(assetIds: readonly string[]): Promise<AssetSlice[][]> {
    if (assetIds.length === 0) return []
    const rows = await this.session.run<AssetSlice & Record<string, unknown>>(SLICES, [assetIds])
    const slices = new Map(assetIds.map((id): [string, AssetSlice[]] => [id, []]))
    for (const slice of rows) slices.get(slice.assetId)?.push(slice)
    return assetIds.map((id) => slices.get(id) ?? [])
  }

  async latest(slices: readonly AssetSlice[]): Promise<(Materialization | null)[]> {
    return slices.length === 0 ? [] : findLatest(this.session, slices)
  }

  async inputs(materializations: readonly Materialization[]): Promise<MaterializationInput[][]> {
    return materializations.length === 0 ? [] : findInputs(this.session, materializations)
  }
}
