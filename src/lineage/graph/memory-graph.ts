import type { Edge } from '../entities.js'
import type { WritePlan } from '../recording/write-plan.js'
import type { AssetName } from '../walk/graph-reader.js'
import { Adjacency } from './adjacency.js'
import { AssetTable } from './asset-table.js'
import { NodeSet } from './node-set.js'

/** What committed recordings have changed in a graph. Said twice, or in another order, it changes nothing more. */
export interface GraphChange {
  /** Assets that are new, or whose rows have been edited: at least those that `edges` name and the graph lacks. */
  assets: readonly (AssetName & { id: string })[]
  edges: readonly Edge[]
  /** At least the assets that have been materialized, or whose materializations have changed. */
  materialized: readonly string[]
  /** The assets that have ever been retired, of those whose rows are new or have been edited. */
  retired: readonly string[]
}

/** What changes nothing. */
export const NO_CHANGE: GraphChange = { assets: [], edges: [], materialized: [], retired: [] }

/** What a write of recordings changes in the graph. */
export function changeOf({ assets, edges, inserted, replaced }: WritePlan): GraphChange {
  const materialized = [...inserted, ...replaced].map(({ assetId }) => assetId)
  return { ...NO_CHANGE, assets, edges, materialized }
}

/** The current upstreams of one asset. */
export interface CurrentUpstreams {
  assetId: string
  upstreamIds: readonly string[]
}

/** Above this many edges, or assets, that have come since they were sorted, and a part of the rest, they are sorted in. */
const FEW_UNSORTED = 4_096
const PART_UNSORTED = 1 / 8

/** The asset-level graph, whole, in this process: who was made from whom, and by which names. Does no I/O. */
export class MemoryGraph {
  readonly assets = new AssetTable()
  readonly edges = new Adjacency()
  #version = 0
  /** What has ever been retired: when it is materialized, or retired again, what leads out of it may be current or not. */
  readonly #retired = new NodeSet()
  /** What has been materialized while somebody finds out what is current: see `settling`. */
  readonly #watched = new Set<Set<number>>()

  /** Another number whenever something has changed that a reader could have seen. */
  get version(): number {
    return this.#version
  }

  /** Memory of it all, in bytes. */
  get bytes(): number {
    return this.assets.bytes + this.edges.bytes
  }

  /** Whether sorting (`compact`) would pay. */
  get isUnsorted(): boolean {
    const edges = this.edges.unsorted
    const assets = this.assets.unranked
    return (
      edges > Math.max(FEW_UNSORTED, this.edges.count * PART_UNSORTED) ||
      assets > Math.max(FEW_UNSORTED, this.assets.count * PART_UNSORTED)
    )
  }

  /** Takes in what has been committed. */
  apply({ assets, edges, materialized, retired }: GraphChange): void {
    for (const { id, ...name } of assets) this.assets.add(id, name)
    for (const { upstreamId, downstreamId } of edges) {
      const upstream = this.assets.numberOf(upstreamId)
      const downstream = this.assets.numberOf(downstreamId)
      if (upstream >= 0 && downstream >= 0) this.edges.add(upstream, downstream)
    }
    this.#version++
    for (const assetId of retired) {
      const node = this.assets.numberOf(assetId)
      if (node >= 0) this.#retired.add(node)
    }
    for (const assetId of [...materialized, ...retired]) {
      const node = this.assets.numberOf(assetId)
      if (node < 0) continue
      this.#unsettle(node)
      if (!this.#retired.has(node)) continue
      for (const downstream of this.edges.neighbours([node], 'DOWNSTREAM', 'ALL')) this.#unsettle(downstream)
    }
  }

  #unsettle(node: number): void {
    this.edges.unsettle(node)
    for (const seen of this.#watched) seen.add(node)
  }

  /**
   * Begins to find out what is current. What it answers with ends that, with what has been found: of an asset that has
   * been materialized meanwhile it may be out of date, and stays unsettled. `before` takes in what else the same state
   * of storage has to say: that is not later than what has been found.
   */
  settling(): (current: readonly CurrentUpstreams[], before?: () => void) => void {
    const meanwhile = new Set<number>()
    this.#watched.add(meanwhile)
    return (current, before) => {
      this.#watched.delete(meanwhile)
      before?.()
      this.#settle(current.filter(({ assetId }) => !meanwhile.has(this.assets.numberOf(assetId))))
    }
  }

  #settle(current: readonly CurrentUpstreams[]): void {
    for (const { assetId, upstreamIds } of current) {
      const node = this.assets.numberOf(assetId)
      if (node < 0) continue
      this.edges.settle(node, new Set(upstreamIds.map((id) => this.assets.numberOf(id))))
    }
    if (current.length > 0) this.#version++
  }

  /** Sorts what has come since the last time, in steps of about a millisecond, between which everything goes on. */
  *compact(): Generator<void> {
    yield* this.edges.compact(this.assets.count)
    yield* this.assets.rankNames()
    this.#version++
  }
}
