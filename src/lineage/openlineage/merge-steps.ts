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
 * Merges what has come of a run, in its order, in as few steps as leave the same behind as the many in which it came: what
 * a run has made once stays, whatever is said later, so there a step ends. `before`: the run as it was, null where
 * nothing had come.
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
