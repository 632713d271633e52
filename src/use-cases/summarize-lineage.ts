import { assetNotFound } from '../errors/headwater-error.js'
import { type Summary, summarize } from '../lineage/walk/summary.js'
import { TimeLimit } from '../lineage/walk/time-limit.js'
import type { Store } from '../store/store.js'
import { checkWalk } from './lineage-arguments.js'
import type { Completeness, WalkArgs } from './walk-lineage.js'

/** What a walk comes to, with what it says of itself. */
export interface SummaryAnswer extends Summary {
  completeness: Completeness
}

/** Throws BAD_USER_INPUT, and ASSET_NOT_FOUND where the root is not recorded, or was not at the time asked for. */
export async function summarizeLineage(
  store: Store,
  args: Omit<WalkArgs, 'limit' | 'after'>,
  withTallies: boolean,
  timeoutMs: number,
): Promise<SummaryAnswer> {
  const { root, asOf, request: walked } = checkWalk('root', args)
  const request = { ...walked, time: new TimeLimit(timeoutMs), withTallies }
  const found = await store.readGraph((graph) => summarize(graph, request), { atLeast: args.atLeast, asOf })
  if (found === null) throw assetNotFound('root', root, asOf)
  const { stoppedBy } = found
  return { ...found, completeness: { complete: stoppedBy.length === 0, stoppedBy, nextCursor: null } }
}
