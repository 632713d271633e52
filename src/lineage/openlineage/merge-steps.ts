import type { RunEvent } from './event.js'
import { type MergedRun, mergeEvent } from './merged-run.js'
import type { RunChange } from './plan-ingest.js'
import { madeDuring } from './run-outcome.js'

/** Events of one run that were taken in at once. */
export interface EventsAtOnce {
  at: Date
  events: RunEvent[]
}

/** How a run changed, and the events that did it. */
export interface MergeStep {
  change: RunChange
  events: readonly RunEvent[]
}

/**
 * Merges what has come of a run, in its order, in steps: what was first made in one was first made when its last events
 * came, as a materialization says for good (`recordedAt`). What else is left behind is the same however it is divided, so
 * all that came before anything was made is one step. `before`: the run as it was, null where nothing had come.
 */
export function mergeSteps(before: MergedRun | null, came: readonly EventsAtOnce[]): MergeStep[] {
  const steps: MergeStep[] = []
  let from = before
  let merged = before
  let events: RunEvent[] = []
  for (const [place, { at, events: together }] of came.entries()) {
    for (const event of together) merged = mergeEvent(merged, event)
    events.push(...together)
    const isLast = place === came.length - 1
    if (merged === null || (madeDuring(merged) === null && !isLast)) continue
    steps.push({ change: { before: from, after: merged, at }, events })
    from = merged
    events = []
  }
  return steps
}
