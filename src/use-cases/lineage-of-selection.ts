import type { EdgeScope } from '../lineage/entities.js'
import { parseSelection } from '../lineage/selection/parse-selection.js'
import { type SelectedGraph, selectedGraph } from '../lineage/selection/selected-graph.js'
import type { WalkWants } from '../lineage/walk/walk.js'
import type { Store } from '../store/store.js'
import { cursorsOf } from './cursor.js'
import { checkLimit } from './lineage-arguments.js'
import { select } from './select.js'
import { type Completeness, DEFAULT_WALK_LIMIT, LARGEST_WALK, walkPosition } from './walk-lineage.js'

/** The lineage of a selection as clients ask for it: null means the same as absent. */
export interface LineageOfSelectionArgs {
  selection: string
  contract?: boolean | null | undefined
  limit?: number | null | undefined
  scope?: EdgeScope | null | undefined
  after?: string | null | undefined
  atLeast?: string | null | undefined
}

/** The graph, with what it says of itself. */
export interface SelectedGraphAnswer extends SelectedGraph {
  completeness: Completeness
}

/** What is selected, with the edges between. Throws BAD_USER_INPUT, QUERY_TOO_COMPLEX. */
export async function lineageOfSelection(
  store: Store,
  args: LineageOfSelectionArgs,
  wants: WalkWants,
  timeoutMs: number,
): Promise<SelectedGraphAnswer> {
  const selection = parseSelection('selection', args.selection)
  const scope = args.scope ?? 'ALL'
  const contract = args.contract ?? false
  const limit = checkLimit(args.limit ?? DEFAULT_WALK_LIMIT, LARGEST_WALK, 'nodes')
  const cursors = cursorsOf(['lineage of selection', args.selection, scope, contract], walkPosition)
  const after = cursors.decode(args.after)
  const request = { selection, scope, atLeast: args.atLeast, timeoutMs }
  const answer = await select(store, request, ({ graph, nodes, pace, time }) =>
    selectedGraph(graph, nodes, { scope, contract, limit, after, time, wants }, pace),
  )
  const { stoppedBy, next } = answer
  const nextCursor = next === null ? null : cursors.encode(next)
  return { ...answer, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor } }
}
