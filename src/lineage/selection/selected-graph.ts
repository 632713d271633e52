import type { EdgeScope } from '../entities.js'
import { answerOf } from '../walk/answer.js'
import { contractedLinks } from '../walk/contracted-links.js'
import type { GraphReader } from '../walk/graph-reader.js'
import type { Pace } from '../walk/pace.js'
import { planWalk } from '../walk/plan-walk.js'
import type { Reach, Reached } from '../walk/reach.js'
import type { TimeLimit } from '../walk/time-limit.js'
import { type Walk, type WalkPosition, type WalkWants, withPermission } from '../walk/walk.js'
import { aroundName } from './by-name.js'
import { setOf } from './reach-from.js'

/** How to show a selection as a graph. */
export interface SelectedGraphRequest {
  scope: EdgeScope
  /** Whether what is not selected is contracted, so that what it connects stays connected. */
  contract: boolean
  /** The most nodes to answer with. */
  limit: number
  /** Answer with what comes behind this node of the same selection. */
  after: WalkPosition | null
  time: TimeLimit
  wants: WalkWants
}

/** What is selected, and the edges between: in the order of names, each node at distance 0. */
export interface SelectedGraph extends Omit<Walk, 'root'> {
  /** Of all that is selected. */
  totalCount: number
}

/** Selected nodes with the edges between them: an answer like a walk's, whose order is that of names. Throws TimeIsOver. */
export async function selectedGraph(
  graph: GraphReader,
  selected: Int32Array,
  request: SelectedGraphRequest,
  pace: Pace,
): Promise<SelectedGraph> {
  const { scope, contract, limit, after, time } = request
  const { before, behind } = await aroundName(graph, selected, after, limit + 1, pace)
  const reach: Reach = {
    before: reached(before),
    page: reached(behind.slice(0, limit)),
    stoppedBy: behind.length > limit ? ['NODE_LIMIT'] : [],
  }
  const isSelected = setOf(selected)
  const hiding = {
    scope,
    hiddenOf: (nodes: Int32Array) => nodes.filter((node) => !isSelected.has(node)),
    way: 'UPSTREAM' as const,
    time,
    field: 'contract',
  }
  const linksOf = contract
    ? (nodes: readonly number[], others: readonly number[]) => contractedLinks(graph, nodes, others, hiding)
    : undefined
  // An edge closes a cycle where it leads from a later name to an earlier one, or to itself: as walks downstream have it.
  const placed = { ...request, direction: 'DOWNSTREAM', asOf: null } as const
  const plan = await planWalk(graph, reach, placed, linksOf)
  const { root: _, ...answer } = await answerOf(graph, plan, placed)
  return {
    ...answer,
    stoppedBy: withPermission(graph, answer.stoppedBy),
    totalCount: selected.length,
  }
}

function reached(nodes: readonly number[]): Reached[] {
  return nodes.map((node) => ({ node, distance: 0 }))
}
