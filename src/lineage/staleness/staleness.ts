import type { Materialization, MaterializationInput } from '../entities.js'
import { versionOf } from '../input-resolution.js'
import type { Pace } from '../walk/pace.js'
import { strongComponents } from '../walk/strong-components.js'
import { type AssetSlice, SliceGraph, type SliceInput, type SliceReader } from './slice-graph.js'

/** Why something is stale. */
export interface StaleCause {
  reason: 'UPSTREAM_CHANGED' | 'UPSTREAM_STALE'
  upstreamId: string
  /** As the downstream materialization used it; null where that had none. */
  usedVersion: string | null
  /** Of the upstream's latest materialization, in the partition used. */
  latestVersion: string | null
}

/** Whether an asset, or a partition of it, is still what its upstreams would make of it. */
export interface Staleness {
  status: 'FRESH' | 'STALE' | 'MISSING'
  causes: readonly StaleCause[]
  rootCauses: readonly StaleCause[]
  /** How many more there are of each, whose upstreams may not be named. */
  hiddenCauses: number
  hiddenRootCauses: number
}

/** What staleness is asked of: an asset with all its partitions, or one of them. */
export interface StalenessTarget {
  assetId: string
  /** Null for all partitions together. */
  partitionKey: string | null
}

/**
 * Whether each target is stale. A slice that was never materialized is MISSING. Else its latest materialization
 * counts: an input whose upstream has by now, in the partition used, a newer materialization of another version has
 * changed, and an input whose upstream slice is itself stale is stale; with either the slice is STALE, else FRESH.
 * An asset is STALE where one of its slices is.
 *
 * Statements follow the depth of what lies upstream, not the number of targets.
 */
export async function stalenessOf(
  reader: SliceReader,
  targets: readonly StalenessTarget[],
): Promise<Staleness[]> {
  const { judged, slicesOfTargets } = await judge(reader, targets, null)
  const found = slicesOfTargets.map((slices) => judged.stalenessOf(slices))
  const upstreamIds = found.flatMap(({ causes, rootCauses }) =>
    [...causes, ...rootCauses].map(({ upstreamId }) => upstreamId),
  )
  const named = await reader.named([...new Set(upstreamIds)])
  return found.map((one) => withNamed(one, named))
}

/** The status is by all that there is; of what may not be named it is said that it is there. */
function withNamed({ status, causes, rootCauses }: Judged, named: ReadonlySet<string>): Staleness {
  const isNamed = ({ upstreamId }: StaleCause) => named.has(upstreamId)
  const [shown, shownRoots] = [causes.filter(isNamed), rootCauses.filter(isNamed)]
  return {
    status,
    causes: shown,
    rootCauses: shownRoots,
    hiddenCauses: causes.length - shown.length,
    hiddenRootCauses: rootCauses.length - shownRoots.length,
  }
}

type Judged = Omit<Staleness, 'hiddenCauses' | 'hiddenRootCauses'>

/**
 * The status alone of each asset: finding the causes of many that have the same far upstream takes long. Throws
 * TimeIsOver.
 */
export async function statusesOf(
  reader: SliceReader,
  assetIds: readonly string[],
  pace: Pace,
): Promise<Staleness['status'][]> {
  const targets = assetIds.map((assetId) => ({ assetId, partitionKey: null }))
  const { judged, slicesOfTargets } = await judge(reader, targets, pace)
  return slicesOfTargets.map((slices) => judged.statusOf(slices))
}

async function judge(reader: SliceReader, targets: readonly StalenessTarget[], pace: Pace | null) {
  const whole = targets.filter(({ partitionKey }) => partitionKey === null).map(({ assetId }) => assetId)
  const slicesOfAssets = await reader.slicesOf(whole)
  const slicesOf = new Map(whole.map((assetId, at) => [assetId, slicesOfAssets[at] ?? []]))
  const slicesOfTargets = targets.map(({ assetId, partitionKey }): readonly AssetSlice[] =>
    partitionKey === null ? (slicesOf.get(assetId) ?? []) : [{ assetId, partitionKey }],
  )
  const judged = new JudgedGraph(await SliceGraph.upstreamOf(reader, slicesOfTargets.flat(), pace))
  return { judged, slicesOfTargets }
}

/** A graph of slices, of each of which it is known whether it is stale. */
class JudgedGraph {
  /** The strong component of each slice: where slices are made from each other, they are stale together. */
  readonly #component: Int32Array
  /** Of each component. */
  readonly #isStale: boolean[] = []
  /** Of each component: whether something from outside of it makes it stale. */
  readonly #isStaleFromOutside: boolean[] = []

  constructor(private readonly graph: SliceGraph) {
    const { nodes } = graph
    const edges = nodes.flatMap(({ inputs }, from) => inputs.map(({ upstream }) => ({ from, to: upstream })))
    this.#component = strongComponents(nodes.length, edges)
    // Components are numbered with what they lead to first: upstream ones are judged before they are needed.
    const order = nodes.map((_, number) => number).sort((a, b) => this.#componentOf(a) - this.#componentOf(b))
    for (const number of order) this.#judge(number)
  }

  statusOf(slices: readonly AssetSlice[]): Staleness['status'] {
    const made = this.#made(slices)
    if (made.length === 0) return 'MISSING'
    return made.some((number) => this.#causesOf(number).length > 0) ? 'STALE' : 'FRESH'
  }

  stalenessOf(slices: readonly AssetSlice[]): Judged {
    const made = this.#made(slices)
    if (made.length === 0) return { status: 'MISSING', causes: [], rootCauses: [] }
    const causes = made.flatMap((number) => this.#causesOf(number))
    return {
      status: causes.length === 0 ? 'FRESH' : 'STALE',
      causes: eachOnce(causes),
      rootCauses: eachOnce(this.#rootCausesOf(made)),
    }
  }

  #made(slices: readonly AssetSlice[]): number[] {
    const numbers = slices.flatMap((slice) => this.graph.indexOf(slice) ?? [])
    return numbers.filter((number) => this.#node(number).latest !== null)
  }

  #judge(number: number): void {
    const own = this.#componentOf(number)
    for (const input of this.#node(number).inputs) {
      const component = this.#componentOf(input.upstream)
      const isStaleBehind = component !== own && this.#isStale[component] === true
      if (isStaleBehind || this.#hasChanged(number, input)) {
        this.#isStale[own] = true
        if (component !== own) this.#isStaleFromOutside[own] = true
      }
    }
  }

  #causesOf(number: number): StaleCause[] {
    return this.#node(number).inputs.flatMap((input) => {
      const isStale = input.upstream !== number && this.#isStale[this.#componentOf(input.upstream)] === true
      return [
        ...(this.#hasChanged(number, input) ? [this.#cause('UPSTREAM_CHANGED', input)] : []),
        ...(isStale ? [this.#cause('UPSTREAM_STALE', input)] : []),
      ]
    })
  }

  /** The changes behind these slices that no change further upstream explains. */
  #rootCausesOf(numbers: readonly number[]): StaleCause[] {
    const roots: StaleCause[] = []
    const seen = new Set(numbers)
    // Sets go on over what is added to them meanwhile.
    for (const number of seen) {
      const component = this.#componentOf(number)
      if (this.#isStale[component] !== true) continue
      for (const input of this.#node(number).inputs) {
        seen.add(input.upstream)
        const behind = this.#componentOf(input.upstream)
        const isExplained =
          behind === component ? this.#isStaleFromOutside[component] === true : this.#isStale[behind] === true
        if (!isExplained && this.#hasChanged(number, input))
          roots.push(this.#cause('UPSTREAM_CHANGED', input))
      }
    }
    return roots
  }

  #hasChanged(number: number, { input, upstream }: SliceInput): boolean {
    const { latest } = this.#node(number)
    return latest !== null && hasChanged(latest, input, this.#node(upstream).latest)
  }

  #cause(reason: StaleCause['reason'], { input, upstream }: SliceInput): StaleCause {
    return {
      reason,
      upstreamId: input.upstreamId,
      usedVersion: versionOf(input),
      latestVersion: this.#node(upstream).latest?.version ?? null,
    }
  }

  #componentOf(number: number): number {
    return this.#component[number] ?? 0
  }

  #node(number: number) {
    return this.graph.nodes[number] ?? NO_NODE
  }
}

const NO_NODE = { latest: null, inputs: [] }

/**
 * Whether an upstream has, since `made` used it, been made anew and differently. Recorded again with the same version
 * it has not changed. What was made from itself is not changed by itself.
 */
function hasChanged(
  made: Materialization,
  input: MaterializationInput,
  latest: Materialization | null,
): boolean {
  const used = input.materialization
  if (latest === null || latest.materializationId === made.materializationId) return false
  if (latest.version !== null && latest.version === versionOf(input)) return false
  // Of what is not recorded nobody knows the time: only what is newer than its product is newer than it for sure.
  return isAfter(latest, used ?? made)
}

function isAfter(one: Materialization, other: Materialization): boolean {
  return (
    one.materializedAt > other.materializedAt ||
    (one.materializedAt.getTime() === other.materializedAt.getTime() &&
      one.materializationId > other.materializationId)
  )
}

function eachOnce(causes: readonly StaleCause[]): StaleCause[] {
  return [...new Map(causes.map((cause) => [JSON.stringify(Object.values(cause)), cause])).values()]
}
