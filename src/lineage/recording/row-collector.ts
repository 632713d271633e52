import { compareCodePoints } from '../../util/code-points.js'
import { type AssetRef, sortKeyOf } from '../asset-ref.js'
import { ColumnCollector } from '../columns/column-collector.js'
import type { Edge, Materialization } from '../entities.js'
import { inferKind } from '../kind.js'
import type { PlannedMaterialization } from './plan-recording.js'
import type { Input } from './recording.js'
import type {
  AssetRow,
  EdgeRow,
  InputRow,
  SliceRow,
  StateRow,
  StoredMaterialization,
  WritePlan,
} from './write-plan.js'

/** When something was made that was not made at one time. */
interface MadeAt {
  /** When it took its inputs. */
  inputsAsOf: Date
  /** When it could first be said to be made. */
  firstMadeAt: Date
}

/** Gathers the rows of one write, one for each key, whatever the number of recordings that touch it. */
export class RowCollector {
  readonly columns = new ColumnCollector()
  readonly #assets = new Map<string, AssetRow>()
  readonly #states = new Map<string, StateRow>()
  readonly #inserted: Materialization[] = []
  readonly #replaced: Materialization[] = []
  /** Those of one materialization are together. */
  readonly #inputs: InputRow[][] = []
  readonly #slices = new Map<string, SliceRow>()
  readonly #leftSlices: SliceRow[] = []
  /** By their downstream ends, and there by their upstream ends: of a wide run there are a hundred thousand. */
  readonly #edges = new Map<string, Map<string, EdgeRow>>()
  readonly #lostEdges: Edge[] = []

  /** What a delivery says of its asset for good, whether or not a newer one replaces its materialization. */
  describe({ asset, record, kind, kinds, description }: PlannedMaterialization): void {
    this.state(asset, { assetId: record.assetId, kind, kinds, description }, record.materializedAt)
  }

  /** What is said of an asset, as of a time. Null where nothing is. */
  state(
    asset: AssetRef,
    {
      assetId,
      kind,
      kinds,
      description,
    }: { assetId: string } & Pick<PlannedMaterialization, 'kind' | 'kinds' | 'description'>,
    at: Date,
  ): void {
    const state = this.#register(assetId, asset)
    if (kind !== null && isNewer(at, kind, state.kindAt, state.kind)) {
      state.kind = kind
      state.kindAt = at
    }
    if (kinds !== null && isNewer(at, kinds.join('\u0001'), state.kindsAt, state.kinds.join('\u0001'))) {
      state.kinds = kinds
      state.kindsAt = at
    }
    if (description !== null && isNewer(at, description, state.descriptionAt, state.description ?? '')) {
      state.description = description
      state.descriptionAt = at
    }
  }

  /** An edge is there for good, as of a time, whatever is made. */
  declareEdge(downstreamId: string, upstreamId: string, upstream: AssetRef, at: Date): void {
    this.#register(upstreamId, upstream)
    const edge = this.#seeEdge(downstreamId, upstreamId, at, 0)
    if (edge.declaredFrom === null || at < edge.declaredFrom) edge.declaredFrom = at
    if (edge.declaredTo === null || at > edge.declaredTo) edge.declaredTo = at
  }

  insert(record: Materialization, inputs: readonly Input[], times?: MadeAt): void {
    this.#inserted.push(record)
    for (const upstreamId of this.#hold(record, inputs, times)) {
      this.#seeEdge(record.assetId, upstreamId, record.materializedAt, 1)
    }
  }

  /** `after` has the identity of `before` and a materializedAt that is not older. */
  replace(
    before: StoredMaterialization,
    after: Materialization,
    inputs: readonly Input[],
    times?: MadeAt,
  ): void {
    this.#replaced.push(after)
    const upstreamIds = this.#hold(after, inputs, times)
    for (const upstreamId of upstreamIds) {
      const added = before.upstreamIds.has(upstreamId) ? 0 : 1
      this.#seeEdge(after.assetId, upstreamId, after.materializedAt, added)
    }
    for (const upstreamId of before.upstreamIds) {
      if (upstreamIds.has(upstreamId)) continue
      this.#lostEdges.push({ downstreamId: after.assetId, upstreamId })
      this.#seeEdge(after.assetId, upstreamId, before.record.materializedAt, -1)
    }
    if (before.record.partitionKey !== after.partitionKey) this.#leftSlices.push(sliceOf(before.record))
  }

  inKeyOrder(): Omit<WritePlan, 'recordings' | 'results'> {
    return {
      assets: byKey(this.#assets.values(), ({ id }) => id),
      states: byKey(this.#states.values(), ({ assetId }) => assetId),
      inserted: byKey(this.#inserted, ({ assetId, materializationId }) => assetId + materializationId),
      replaced: byKey(this.#replaced, ({ assetId, materializationId }) => assetId + materializationId),
      inputs: byKey(
        this.#inputs.filter((rows) => rows.length > 0),
        ([row]) => `${row?.assetId}${row?.materializationId}`,
      ).flat(),
      slices: byKey(this.#slices.values(), ({ assetId, partitionKey }) => assetId + partitionKey),
      leftSlices: byKey(this.#leftSlices, ({ assetId, partitionKey }) => assetId + partitionKey),
      edges: byKey(this.#edges, ([downstreamId]) => downstreamId).flatMap(([, edges]) =>
        byKey(edges.values(), ({ upstreamId }) => upstreamId),
      ),
      lostEdges: this.#lostEdges,
      columns: this.columns.inKeyOrder(),
    }
  }

  /** Holds the inputs of a materialization, and it as the latest where it is; answers with the assets it was made from. */
  #hold(record: Materialization, inputs: readonly Input[], times?: MadeAt): ReadonlySet<string> {
    const { assetId, materializationId, materializedAt } = record
    const { inputsAsOf = materializedAt, firstMadeAt = materializedAt } = times ?? {}
    const upstreamIds = new Set<string>()
    for (const input of inputs) {
      if (upstreamIds.has(input.assetId)) continue
      upstreamIds.add(input.assetId)
      this.#register(input.assetId, input.asset)
      this.#seeEdge(assetId, input.assetId, firstMadeAt, 0)
    }
    this.#inputs.push(
      inputs.map(({ assetId: upstreamId, version, partitionKey }, position) => ({
        assetId,
        materializationId,
        upstreamId,
        position,
        version,
        partitionKey,
        materializedAt: inputsAsOf,
      })),
    )
    const slice = sliceOf(record)
    const sliceKey = assetId + slice.partitionKey
    const rival = this.#slices.get(sliceKey)
    if (
      isNewer(
        materializedAt,
        materializationId,
        rival?.materializedAt ?? null,
        rival?.materializationId ?? '',
      )
    ) {
      this.#slices.set(sliceKey, slice)
    }
    const state = this.#states.get(assetId)
    if (
      state !== undefined &&
      isNewer(materializedAt, materializationId, state.latestAt, state.latestId ?? '')
    ) {
      state.latestId = materializationId
      state.latestAt = materializedAt
    }
    return upstreamIds
  }

  #register(assetId: string, asset: AssetRef): StateRow {
    const known = this.#states.get(assetId)
    if (known !== undefined) return known
    this.#assets.set(assetId, { id: assetId, ...asset, sortKey: sortKeyOf(asset) })
    const state: StateRow = {
      assetId,
      kind: inferKind(asset),
      kindAt: null,
      kinds: [],
      kindsAt: null,
      description: null,
      descriptionAt: null,
      latestId: null,
      latestAt: null,
    }
    this.#states.set(assetId, state)
    return state
  }

  #seeEdge(downstreamId: string, upstreamId: string, at: Date, added: number): EdgeRow {
    const ofDownstream = this.#edges.get(downstreamId) ?? new Map<string, EdgeRow>()
    this.#edges.set(downstreamId, ofDownstream)
    const edge = ofDownstream.get(upstreamId) ?? {
      ...{ downstreamId, upstreamId, firstSeenAt: at, lastSeenAt: at },
      ...{ added: 0, declaredFrom: null, declaredTo: null },
    }
    ofDownstream.set(upstreamId, edge)
    if (at < edge.firstSeenAt) edge.firstSeenAt = at
    if (at > edge.lastSeenAt) edge.lastSeenAt = at
    edge.added += added
    return edge
  }
}

function sliceOf({ assetId, partitionKey, materializationId, materializedAt }: Materialization): SliceRow {
  return { assetId, partitionKey: partitionKey ?? '', materializationId, materializedAt }
}

/** The order that decides what is latest: by time, then by value. The store's upserts follow the same. */
function isNewer(at: Date, value: string, rivalAt: Date | null, rivalValue: string): boolean {
  if (rivalAt === null) return true
  return at > rivalAt || (at.getTime() === rivalAt.getTime() && compareCodePoints(value, rivalValue) > 0)
}

function byKey<Row>(rows: Iterable<Row>, keyOf: (row: Row) => string): Row[] {
  return [...rows]
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row)
}
