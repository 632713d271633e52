import { HeadwaterError } from '../errors/headwater-error.js'
import type { EdgeScope } from '../lineage/entities.js'
import {
  checkSelected,
  evaluate,
  type Known,
  MOST_SELECTED,
  StatusesWanted,
} from '../lineage/selection/evaluate.js'
import type { Selection, StatusAtom } from '../lineage/selection/selection.js'
import { conditionsOf, type Step, stepOf } from '../lineage/selection/steps.js'
import { statusesOf } from '../lineage/staleness/staleness.js'
import type { GraphReader } from '../lineage/walk/graph-reader.js'
import { Pace } from '../lineage/walk/pace.js'
import { TimeIsOver, TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'

/** How to evaluate a selection. */
export interface SelectRequest {
  selection: Selection
  scope: EdgeScope
  atLeast?: string | null | undefined
  timeoutMs: number
}

/** A selection, evaluated: nodes of a graph that can be asked more. */
export interface Selected {
  graph: GraphReader
  nodes: Int32Array
  pace: Pace
  time: TimeLimit
}

/**
 * Evaluates a selection, and lets `work` go on with it in the same state of the graph. Rows are asked first, all
 * conditions at once, for the graph may have to be read again; statuses when it is known which are needed. Throws
 * QUERY_TOO_COMPLEX where it takes too long: a part of a selection would be another one.
 */
export async function select<T>(
  store: Store,
  { selection, scope, atLeast, timeoutMs }: SelectRequest,
  work: (selected: Selected) => Promise<T>,
): Promise<T> {
  const time = new TimeLimit(timeoutMs)
  const step = stepOf(selection)
  const idsOf = await findIds(store, step)
  const statusOf = new Map<string, StatusAtom['status']>()
  const read = async (graph: GraphReader) => {
    const pace = new Pace(time)
    try {
      const nodes = await evaluate({ graph, scope, pace }, step, { idsOf, statusOf })
      return { value: await work({ graph, nodes, pace, time }) }
    } catch (error) {
      if (error instanceof StatusesWanted) return { wanted: error.assetIds }
      throw error instanceof TimeIsOver ? tookTooLong(timeoutMs) : error
    }
  }
  for (;;) {
    const answer = await store.readGraph(read, { atLeast })
    if ('value' in answer) return answer.value
    const { wanted } = answer
    const statuses = await store.readSlices((reader) => statusesOf(reader, wanted))
    for (const [place, id] of wanted.entries()) statusOf.set(id, STATUS[statuses[place] ?? 'MISSING'])
  }
}

async function findIds(store: Store, step: Step): Promise<Known['idsOf']> {
  const conditions = conditionsOf(step)
  const ids = await store.matchingIds(conditions, MOST_SELECTED + 1)
  for (const { length } of ids) checkSelected(length / 16)
  return new Map(conditions.map((condition, at) => [condition, ids[at] ?? new Uint8Array(0)]))
}

function tookTooLong(timeoutMs: number): HeadwaterError {
  return new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `selection: expected it to be evaluated within ${timeoutMs} ms (HEADWATER_WALK_TIMEOUT_MS), got no end: narrow it, or bound its hops`,
  )
}

const STATUS = { FRESH: 'fresh', STALE: 'stale', MISSING: 'missing' } as const
