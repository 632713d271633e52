import { compareCodePoints } from '../../util/code-points.js'
import { nextTurn } from '../../util/next-turn.js'
import type { Asset } from '../entities.js'
import { FilteredGraph } from './filtered-graph.js'
import type { GraphReader } from './graph-reader.js'
import { Rings } from './rings.js'
import { TimeIsOver, type TimeLimit } from './time-limit.js'
import { type StopReason, type WalkRequest, withPermission } from './walk.js'

/** Which walk to sum up. */
export interface SummaryRequest
  extends Pick<WalkRequest, 'rootId' | 'direction' | 'depth' | 'scope' | 'filter' | 'time'> {
  /** Whether anybody asks for kinds or namespaces, which takes the rows of all assets. */
  withTallies: boolean
}

/** What a walk comes to, in numbers; the root counts. */
export interface Summary {
  root: Asset
  nodeCount: number
  byDistance: { distance: number | null; assetCount: number }[]
  byKind: { kind: string | null; assetCount: number }[]
  byNamespace: { namespace: string | null; assetCount: number }[]
  stoppedBy: StopReason[]
  watermark: string
}

/** The most entries of a list, beside the one for all others. */
const MOST_ENTRIES = 1_000

/** About how many nodes one request to the graph brings. */
const ENOUGH = 10_000

/** How many rows are counted together. */
const CHUNK = 10_000

/** Giving way to others lets the graph move on, and the walk begin again: not before so many ms. */
const LONGEST_TURN_MS = 250

/**
 * Sums up everything that a walk would come to, whatever its number, without any rows: all whole rings, where time is
 * over up to a distance. Null where the root is not recorded.
 */
export async function summarize(whole: GraphReader, request: SummaryRequest): Promise<Summary | null> {
  const root = await whole.nodeOf(request.rootId)
  if (root === undefined) return null
  const { filter, scope } = request
  const filtered = filter === null ? null : new FilteredGraph(whole, { ...request, filter, root })
  const graph = filtered ?? whole
  const rings: Int32Array[] = []
  const stoppedBy = await goOutward(graph, root, request, rings)
  const [isKeptBack, watermark] = await Promise.all([
    filtered?.hasKeptBack(scope, stoppedBy.length === 0),
    graph.watermark(),
  ])
  if (isKeptBack) stoppedBy.push('FILTER')

  // Everything that is asked of the graph has been: rows may be newer than it, and come last.
  const tallies = new Tallies()
  const [[asset], isWhole] = await Promise.all([
    graph.assets([root]),
    request.withTallies ? tallies.add(graph, rings, request.time.again()) : true,
  ])
  if (asset == null) return null
  if (!isWhole && !stoppedBy.includes('TIME_LIMIT')) stoppedBy.push('TIME_LIMIT')
  const nodeCount = rings.reduce((sum, { length }) => sum + length, 0)
  // What lies two hops one way may all lie one hop the other way.
  const distances = rings
    .map(({ length }, distance) => ({ name: distance, assetCount: length }))
    .filter(({ assetCount }) => assetCount > 0)
  return {
    root: asset,
    nodeCount,
    byDistance: withOthers(distances, nodeCount).map(({ name, ...one }) => ({ distance: name, ...one })),
    byKind: inOrder(tallies.byKind, nodeCount).map(({ name, ...one }) => ({ kind: name, ...one })),
    byNamespace: inOrder(tallies.byNamespace, nodeCount).map(({ name, ...one }) => ({
      namespace: name,
      ...one,
    })),
    stoppedBy: withPermission(graph, stoppedBy),
    watermark,
  }
}

/** Adds whole rings; says what ended it, but for there being no more. */
async function goOutward(
  graph: GraphReader,
  root: number,
  { direction, scope, depth, time }: SummaryRequest,
  found: Int32Array[],
): Promise<StopReason[]> {
  const rings = new Rings(graph, root, direction, scope)
  let turnBegan = performance.now()
  try {
    for (let distance = 0; depth === null || distance <= depth; distance++) {
      if (distance > 0) time.check()
      const ring = await rings.ring(distance, ENOUGH)
      if (ring === null) return []
      found.push(ring)
      if (performance.now() - turnBegan < LONGEST_TURN_MS) continue
      await nextTurn()
      turnBegan = performance.now()
    }
    return (await rings.goesOn(depth ?? 0, ENOUGH)) ? ['DEPTH'] : []
  } catch (error) {
    if (!(error instanceof TimeIsOver)) throw error
    return ['TIME_LIMIT']
  }
}

/** How many assets there are of each kind, and in each namespace. */
class Tallies {
  readonly byKind = new Map<string, number>()
  readonly byNamespace = new Map<string, number>()

  /** Counts the nodes of rings, the nearest first, until time is over; says whether it has come to the last. */
  async add(graph: GraphReader, rings: readonly Int32Array[], time: TimeLimit): Promise<boolean> {
    for (const nodes of inChunks(rings)) {
      if (time.isOver) return false
      for (const { kind, namespace, assetCount } of await graph.tally(nodes)) {
        this.byKind.set(kind, (this.byKind.get(kind) ?? 0) + assetCount)
        this.byNamespace.set(namespace, (this.byNamespace.get(namespace) ?? 0) + assetCount)
      }
    }
    return true
  }
}

/** Rings are many and narrow, or few and wide. */
function* inChunks(rings: readonly Int32Array[]): Generator<Int32Array> {
  const chunk = new Int32Array(CHUNK)
  let count = 0
  for (const ring of rings) {
    for (let from = 0; from < ring.length; ) {
      const part = ring.subarray(from, from + CHUNK - count)
      chunk.set(part, count)
      from += part.length
      count += part.length
      if (count < CHUNK) continue
      yield chunk
      count = 0
    }
  }
  if (count > 0) yield chunk.subarray(0, count)
}

interface Entry<Name> {
  name: Name
  assetCount: number
}

/** The greatest first, then by name. */
function inOrder(counts: ReadonlyMap<string, number>, total: number): Entry<string | null>[] {
  const entries = [...counts].map(([name, assetCount]) => ({ name, assetCount }))
  entries.sort((a, b) => b.assetCount - a.assetCount || compareCodePoints(a.name, b.name))
  return withOthers(entries, total)
}

/** The first entries, and one without a name for whatever else the total holds. */
function withOthers<Name>(entries: readonly Entry<Name>[], total: number): Entry<Name | null>[] {
  const named = entries.slice(0, MOST_ENTRIES)
  const others = named.reduce((rest, { assetCount }) => rest - assetCount, total)
  return others === 0 ? named : [...named, { name: null, assetCount: others }]
}
