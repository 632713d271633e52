import type { LineageQuery, StopReason } from '../../../schema/operations.generated.js'
import { plural } from '../plural.js'
import { LARGEST_LIMIT } from './limits.js'

/** What each reason means, and what to do about it. */
const MEANING: Record<StopReason, string> = {
  DEPTH: 'more lies beyond the depth: ask with a greater --depth, or without one',
  NODE_LIMIT: `more lies beyond the limit: ask with a greater --limit, up to ${LARGEST_LIMIT}, or page by page with --json and --after`,
  CHANGED: 'recordings since the first page have changed what comes before: walk again',
  FILTER: 'a filter left something out',
  PERMISSION: 'something may not be seen by you',
  TIME_LIMIT: 'the time allowed was over: go on with --json and --after',
}

/** Says whether a walk is the whole truth, if not why, and how to go on. */
export function stoppedText({ nodes, edges, completeness }: LineageQuery['lineage']): string {
  const assets = `${nodes.length} ${plural(nodes.length, 'asset')}`
  const size = `${assets}, ${edges.length} ${plural(edges.length, 'edge')}`
  if (completeness.complete) return `complete: ${size}`
  const reasons = completeness.stoppedBy.map((reason) => MEANING[reason]).join('; ')
  return `incomplete: ${size}; ${reasons} ("+" counts direct neighbours not shown)`
}
