import type { AssetSlice, SliceReader, SliceState } from '../../lineage/staleness/slice-graph.js'
import { compareCodePoints } from '../../util/code-points.js'
import type { Session } from './database.js'
import { findInputs } from './input-queries.js'
import { findLatest } from './materialization-queries.js'
import { statement } from './statement.js'

const SLICES = statement(
  'slices of assets',
  `SELECT asset_id AS "assetId", partition_key AS "partitionKey" FROM latest_materialization
   WHERE asset_id = ANY($1::uuid[]) ORDER BY partition_key COLLATE "C"`,
)

/** Of each asset the last $3 slices up to a partition: as a rule what is made from a partition is the next one. */
const SLICES_UP_TO = statement(
  'slices up to a partition',
  `SELECT s.asset_id AS "assetId", s.partition_key AS "partitionKey"
   FROM unnest($1::uuid[]) AS r(asset_id), LATERAL (
     SELECT l.asset_id, l.partition_key FROM latest_materialization l
     WHERE l.asset_id = r.asset_id AND l.partition_key <= $2
     ORDER BY l.partition_key DESC LIMIT $3) s`,
)

/** Finds, in a transaction, these assets, and the nearest upstream of them, about so many. */
export type FindUpstream = (session: Session, assetIds: readonly string[], count: number) => Promise<string[]>

/** Reads slices by SQL, in one transaction: three statements, however many slices are read. */
export class SqlSliceReader implements SliceReader {
  constructor(
    private readonly session: Session,
    private readonly findUpstream: FindUpstream,
    /** Of assets those that may be named; null where all may be. */
    private readonly findNamed: ((assetIds: readonly string[]) => Promise<ReadonlySet<string>>) | null,
  ) {}

  async slicesOf(assetIds: readonly string[]): Promise<AssetSlice[][]> {
    if (assetIds.length === 0) return []
    const rows = await this.session.run<AssetSlice & Record<string, unknown>>(SLICES, [assetIds])
    const slices = new Map(assetIds.map((id): [string, AssetSlice[]] => [id, []]))
    for (const slice of rows) slices.get(slice.assetId)?.push(slice)
    return assetIds.map((id) => slices.get(id) ?? [])
  }

  async read(slices: readonly AssetSlice[]): Promise<SliceState[]> {
    const latest = await findLatest(this.session, slices)
    const made = latest.flatMap((one) => one ?? [])
    const inputs = (made.length === 0 ? [] : await findInputs(this.session, made)).values()
    return latest.map((one) => ({ latest: one, inputs: one === null ? [] : (inputs.next().value ?? []) }))
  }

  async named(assetIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.findNamed === null ? new Set(assetIds) : this.findNamed(assetIds)
  }

  async ahead(slices: readonly AssetSlice[], count: number): Promise<AssetSlice[]> {
    const assetIds = await this.findUpstream(
      this.session,
      [...new Set(slices.map(({ assetId }) => assetId))],
      count,
    )
    const partition =
      slices
        .map(({ partitionKey }) => partitionKey)
        .sort(compareCodePoints)
        .at(-1) ?? ''
    const each = Math.max(1, Math.floor(count / Math.max(1, assetIds.length)))
    return this.session.run<AssetSlice & Record<string, unknown>>(SLICES_UP_TO, [assetIds, partition, each])
  }
}
