import { type Cycle, type Cycles, type CyclesRequest, listCycles } from '../lineage/cycles/cycles.js'
import { componentsOfAll, currentComponents } from '../lineage/cycles/find-components.js'
import type { EdgeScope } from '../lineage/entities.js'
import { BOUNDS, checkText } from '../lineage/recording/bounds.js'
import type { GraphReader } from '../lineage/walk/graph-reader.js'
import { TimeIsOver, TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { assetPosition, checkPageSize, type PageArgs } from './pages.js'
import type { Completeness } from './walk-lineage.js'

/** The cycles that clients ask for: null means the same as absent. */
export interface CyclesArgs extends PageArgs {
  namespace?: string | null | undefined
  scope?: EdgeScope | null | undefined
  atLeast?: string | null | undefined
}

/** A page of cycles, with what it says of itself. */
export interface CyclesAnswer {
  cycles: Cycle[]
  /** Null where time was over before all were found. */
  total: number | null
  completeness: Completeness
  watermark: string
}

/** Throws BAD_USER_INPUT. */
export async function lineageCycles(
  store: Store,
  args: CyclesArgs,
  wants: { withEdges: boolean; withSightings: boolean },
  timeoutMs: number,
): Promise<CyclesAnswer> {
  const { namespace = null, atLeast } = args
  const scope = args.scope ?? 'ALL'
  if (namespace !== null) checkText('namespace', namespace, BOUNDS.namespaceCharacters)
  const cursors = cursorsOf(['lineageCycles', namespace, scope], assetPosition)
  const time = new TimeLimit(timeoutMs)
  const request = {
    namespace,
    count: checkPageSize(args.first),
    after: cursors.decode(args.after),
    ...wants,
    time,
  }
  const read = <T>(work: (graph: GraphReader) => Promise<T>) =>
    store.readGraph(
      async (graph) => ({ found: await unlessTimeIsOver(work(graph)), watermark: await graph.watermark() }),
      { atLeast },
    )

  const { found, watermark } =
    scope === 'ALL'
      ? await read(async (graph) => listCycles(graph, await componentsOfAll(graph, time), request))
      : await currentCycles(read, request)
  if (found === null) {
    const completeness = { complete: false, stoppedBy: ['TIME_LIMIT' as const], nextCursor: null }
    return { cycles: [], total: null, completeness, watermark }
  }
  const { cycles, total, stoppedBy, next } = found
  const nextCursor = next === null ? null : cursors.encode(next)
  return {
    cycles,
    total,
    completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor },
    watermark,
  }
}

type Read = <T>(work: (graph: GraphReader) => Promise<T>) => Promise<{ found: T | null; watermark: string }>

/**
 * Which edges are current is asked in another reading, of the few assets that could be in a cycle: to find these takes
 * long, and meanwhile others record. The answer is of the later state, and has all that was there in the earlier one.
 */
async function currentCycles(read: Read, request: CyclesRequest) {
  const { time } = request
  const candidates = await read(async (graph) => graph.idsOf((await componentsOfAll(graph, time)).nodes))
  const ids = candidates.found
  const current = await read(
    async (graph): Promise<Cycles | null> =>
      ids === null ? null : listCycles(graph, await currentComponents(graph, ids, time), request),
  )
  return { found: current.found, watermark: candidates.watermark }
}

async function unlessTimeIsOver<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof TimeIsOver) return null
    throw error
  }
}
