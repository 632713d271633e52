import { HeadwaterError } from '../errors/headwater-error.js'
import type { EdgeScope } from '../lineage/entities.js'
import { UUID_BYTES, writeUuid } from '../lineage/graph/uuid-bytes.js'
import {
  checkSelected,
  evaluate,
  type Known,
  MOST_SELECTED,
  StatusesWanted,
} from '../lineage/selection/evaluate.js'
import { NodeSelection } from '../lineage/selection/node-selection.js'
import type { AssetCondition, Selection, StatusAtom } from '../lineage/selection/selection.js'
import { conditionsOf, excludedBy, type Step, stepOf } from '../lineage/selection/steps.js'
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
  request: SelectRequest,
  work: (selected: Selected) => Promise<T>,
): Promise<T> {
  const { timeoutMs } = request
  const time = new TimeLimit(timeoutMs)
  try {
    return await selectWithin(time, store, request, work)
  } catch (error) {
    throw error instanceof TimeIsOver ? tookTooLong(timeoutMs) : error
  }
}

async function selectWithin<T>(
  time: TimeLimit,
  store: Store,
  request: SelectRequest,
  work: (selected: Selected) => Promise<T>,
): Promise<T> {
  const step = stepOf(request.selection)
  const idsOf = await findIds(store, conditionsOf(step))
  const excluded = excludedBy(step)
  const evaluation: Evaluation = { ...request, step, idsOf, time, pace: new Pace(time) }
  if (excluded.length === 0) return evaluated(store, evaluation, work)

  // What has been recorded since the rows were asked fulfils no condition yet, nor the contrary of one.
  const ids = await evaluated(store, evaluation, async ({ graph, nodes }) => packIds(graph, nodes))
  const later = await findIds(store, excluded)
  return store.readGraph(
    async (graph) => {
      const nodesOf = async (packed: Uint8Array = NO_IDS) => new NodeSelection(await graph.nodesAt(packed))
      let selected = await nodesOf(ids)
      for (const condition of excluded) {
        const known = await nodesOf(idsOf.get(condition))
        selected = selected.and((await nodesOf(later.get(condition))).and(known.inverse).inverse)
      }
      return work({ graph, nodes: selected.nodes, pace: evaluation.pace, time })
    },
    { atLeast: request.atLeast },
  )
}

interface Evaluation extends Omit<SelectRequest, 'selection'> {
  step: Step
  idsOf: Known['idsOf']
  time: TimeLimit
  pace: Pace
}

/** Evaluates again where it turns out of which assets the status is needed. */
async function evaluated<T>(
  store: Store,
  { step, idsOf, scope, atLeast, time, pace }: Evaluation,
  work: (selected: Selected) => Promise<T>,
): Promise<T> {
  const statusOf = new Map<string, StatusAtom['status']>()
  const read = async (graph: GraphReader) => {
    try {
      const nodes = await evaluate({ graph, scope, pace }, step, { idsOf, statusOf })
      return { value: await work({ graph, nodes, pace, time }) }
    } catch (error) {
      if (error instanceof StatusesWanted) return { wanted: error.assetIds }
      throw error
    }
  }
  for (;;) {
    const answer = await store.readGraph(read, { atLeast })
    if ('value' in answer) return answer.value
    const { wanted } = answer
    const statuses = await store.readSlices((reader) => statusesOf(reader, wanted, pace))
    for (const [place, id] of wanted.entries()) statusOf.set(id, STATUS[statuses[place] ?? 'MISSING'])
  }
}

async function findIds(store: Store, conditions: readonly AssetCondition[]): Promise<Known['idsOf']> {
  const ids = await store.matchingIds(conditions, MOST_SELECTED + 1)
  for (const { length } of ids) checkSelected(length / 16)
  return new Map(conditions.map((condition, at) => [condition, ids[at] ?? new Uint8Array(0)]))
}

/** The ids of nodes, 16 bytes each. */
function packIds(graph: GraphReader, nodes: Int32Array): Uint8Array {
  const packed = new Uint8Array(UUID_BYTES * nodes.length)
  for (const [place, id] of graph.idsOf(nodes).entries()) writeUuid(id, packed, UUID_BYTES * place)
  return packed
}

const NO_IDS = new Uint8Array(0)

function tookTooLong(timeoutMs: number): HeadwaterError {
  return new HeadwaterError(
    'QUERY_TOO_COMPLEX',
    `selection: expected it to be evaluated within ${timeoutMs} ms (HEADWATER_WALK_TIMEOUT_MS), got no end: narrow it, or bound its hops`,
  )
}

const STATUS = { FRESH: 'fresh', STALE: 'stale', MISSING: 'missing' } as const
