import { HeadwaterError } from '../../errors/headwater-error.js'
import type { Materialization, MaterializationInput } from '../entities.js'
import type { Pace } from '../walk/pace.js'

/** A partition of an asset; empty for what has none. */
export interface AssetSlice {
  assetId: string
  partitionKey: string
}

/** What the rules of staleness ask of storage. All answers of one reader show the same state. */
export interface SliceReader {
  /** The slices that each asset has been materialized in, in the order of partitions. */
  slicesOf(assetIds: readonly string[]): Promise<AssetSlice[][]>
  /** How each slice is now. */
  read(slices: readonly AssetSlice[]): Promise<SliceState[]>
  /** Of these assets those that may be named to whoever asks. */
  named(assetIds: readonly string[]): Promise<ReadonlySet<string>>
  /** About `count` slices that may well be asked for when these have been: a guess, at little cost. */
  ahead(slices: readonly AssetSlice[], count: number): Promise<AssetSlice[]>
}

/** The latest materialization of a slice, and what that was made from. */
export interface SliceState {
  /** Null where there is none. */
  latest: Materialization | null
  inputs: readonly MaterializationInput[]
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

/** So many levels are asked for one by one; what goes deeper is asked for ahead. */
const SHALLOW = 3
const FEWEST_AHEAD = 64
const MOST_AHEAD = 16_384

/**
 * Everything that lies upstream of some slices, from each latest materialization over the slices that it used. Goes
 * level by level, each slice once, so cycles end. Deep graphs are read ahead, more each time that it was of use, so
 * that a chain does not cost a round trip a level.
 */
export class SliceGraph {
  readonly nodes: SliceNode[] = []
  readonly #numbers = new Map<string, number>()
  /** What has been read, of this graph or ahead of it. */
  readonly #states = new Map<string, SliceState>()
  #reads = 0
  #levelsSinceRead = 0
  #aheadCount = FEWEST_AHEAD

  /** Throws QUERY_TOO_COMPLEX where that is more than 100,000 slices, and TimeIsOver where `pace` says so. */
  static async upstreamOf(
    reader: SliceReader,
    slices: readonly AssetSlice[],
    pace: Pace | null,
  ): Promise<SliceGraph> {
    const graph = new SliceGraph()
    for (const slice of slices) graph.#numberOf(slice)
    for (let done = 0; done < graph.nodes.length; ) {
      await pace?.step()
      if (graph.nodes.length > MOST_SLICES) {
        throw new HeadwaterError(
          'QUERY_TOO_COMPLEX',
          `expected staleness to look at no more than ${MOST_SLICES} partitions of assets, got more: ask for fewer assets, or for one partition`,
        )
      }
      const level = graph.nodes.slice(done)
      done = graph.nodes.length
      await graph.#expand(reader, level)
    }
    return graph
  }

  /** The number of a slice that has been looked at. */
  indexOf(slice: AssetSlice): number | undefined {
    return this.#numbers.get(keyOf(slice))
  }

  async #expand(reader: SliceReader, level: readonly SliceNode[]): Promise<void> {
    const unread = level.map(({ slice }) => slice).filter((slice) => !this.#states.has(keyOf(slice)))
    if (unread.length > 0) await this.#read(reader, unread)
    else this.#levelsSinceRead++
    for (const node of level) {
      const { latest, inputs } = this.#states.get(keyOf(node.slice)) ?? NOTHING
      node.latest = latest
      node.inputs = inputs.map((input) => ({ input, upstream: this.#numberOf(usedSlice(input)) }))
    }
  }

  async #read(reader: SliceReader, unread: readonly AssetSlice[]): Promise<void> {
    const wanted = new Map(unread.map((slice) => [keyOf(slice), slice]))
    if (this.#reads++ >= SHALLOW) {
      for (const slice of await reader.ahead(unread, this.#aheadCount))
        if (!this.#states.has(keyOf(slice))) wanted.set(keyOf(slice), slice)
      // Where the last guess was of no use, the next one costs less.
      this.#aheadCount =
        this.#levelsSinceRead > 0
          ? Math.min(2 * this.#aheadCount, MOST_AHEAD)
          : Math.max(this.#aheadCount / 4, FEWEST_AHEAD)
    }
    this.#levelsSinceRead = 0
    const states = await reader.read([...wanted.values()])
    for (const [at, key] of [...wanted.keys()].entries()) this.#states.set(key, states[at] ?? NOTHING)
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

const NOTHING: SliceState = { latest: null, inputs: [] }

/** The slice of the materialization used; where that is not known, the one that was named. */
function usedSlice({ upstreamId, partitionKey, materialization }: MaterializationInput): AssetSlice {
  return { assetId: upstreamId, partitionKey: materialization?.partitionKey ?? partitionKey ?? '' }
}

const keyOf = ({ assetId, partitionKey }: AssetSlice): string => `${assetId}${partitionKey}`
