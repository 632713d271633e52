import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Materialization, MaterializationInput } from '../entities.js'

/** A partition of an asset; empty for what has none. */
export interface AssetSlice {
  assetId: string
  partitionKey: string
}

/** What the rules of staleness ask of storage. All answers of one reader show the same state. */
export interface SliceReader {
  /** The slices that each asset has been materialized in, in the order of partitions. */
  slicesOf(assetIds: readonly string[]): Promise<AssetSlice[][]>
  /** The latest materialization of each slice; null where there is none. */
  latest(slices: readonly AssetSlice[]): Promise<(Materialization | null)[]>
  /** What each was made from. */
  inputs(materializations: readonly Materialization[]): Promise<MaterializationInput[][]>
}

/** A slice with its latest materialization, and what that was made from. */
export interface SliceNode {
  slice: AssetSlice
  latest: Materialization | null
  inputs: readonly SliceInput[]
}

/** An input, with the number of the slice that it took its upstream from. */
export interface SliceInput {
  input: MaterializationInput
  upstream: number
}

/** The most slices that one answer may look at. */
const MOST_SLICES = 100_000

/**
 * Everything that lies upstream of some slices, from each latest materialization over the slices that it used. Asks
 * level by level, each slice once, so cycles end.
 */
export class SliceGraph {
  readonly nodes: SliceNode[] = []
  readonly #numbers = new Map<string, number>()

  /** Throws QUERY_TOO_COMPLEX where that is more than 100,000 slices. */
  static async upstreamOf(reader: SliceReader, slices: readonly AssetSlice[]): Promise<SliceGraph> {
    const graph = new SliceGraph()
    for (const slice of slices) graph.#numberOf(slice)
    for (let done = 0; done < graph.nodes.length; ) {
      const level = graph.nodes.slice(done)
      done = graph.nodes.length
      await graph.#expand(reader, level)
      if (graph.nodes.length > MOST_SLICES) {
        throw new HeadwaterError(
          'QUERY_TOO_COMPLEX',
          `expected staleness to look at no more than ${MOST_SLICES} partitions of assets, got more: ask for fewer assets, or for one partition`,
        )
      }
    }
    return graph
  }

  /** The number of a slice that has been looked at. */
  indexOf(slice: AssetSlice): number | undefined {
    return this.#numbers.get(keyOf(slice))
  }

  async #expand(reader: SliceReader, level: readonly SliceNode[]): Promise<void> {
    const latest = await reader.latest(level.map(({ slice }) => slice))
    const materialized = level.flatMap((node, at) => {
      node.latest = latest[at] ?? null
      return node.latest === null ? [] : { node, latest: node.latest }
    })
    const inputs = await reader.inputs(materialized.map((one) => one.latest))
    materialized.forEach(({ node }, at) => {
      node.inputs = (inputs[at] ?? []).map((input) => ({ input, upstream: this.#numberOf(usedSlice(input)) }))
    })
  }

  #numberOf(slice: AssetSlice): number {
    const key = keyOf(slice)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.nodes.push({ slice, latest: null, inputs: [] }) - 1
    this.#numbers.set(key, number)
    return number
  }
}

/** The slice of the materialization used; where that is not known, the one that was named. */
function usedSlice({ upstreamId, partitionKey, materialization }: MaterializationInput): AssetSlice {
  return { assetId: upstreamId, partitionKey: materialization?.partitionKey ?? partitionKey ?? '' }
}

const keyOf = ({ assetId, partitionKey }: AssetSlice): string => `${assetId}${partitionKey}`
