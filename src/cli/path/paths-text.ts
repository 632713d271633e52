import type { LineagePathsQuery, StopReason } from '../../../schema/operations.generated.js'
import { style } from '../output.js'
import { plural } from '../plural.js'
import { LARGEST_LIMIT } from './limits.js'

type Paths = LineagePathsQuery['lineagePaths']
type Asset = Paths['paths'][number]['assets'][number]

/** What each reason means, and what to do about it. */
const MEANING: Record<StopReason, string> = {
  DEPTH: 'there are longer ones: ask with a greater --max-length, or without one',
  NODE_LIMIT: `there are more: ask with a greater --limit, up to ${LARGEST_LIMIT}`,
  CHANGED: 'recordings since the first page have changed what comes before: ask again without --after',
  FILTER: 'a filter left something out',
  PERMISSION: 'something may not be seen by you',
  TIME_LIMIT: 'the time allowed was over before it was known whether there are more',
}

/** The lines that show paths in a terminal. */
export function* pathsText({ paths, completeness }: Paths, namespace: string): Generator<string> {
  const nameOf = (asset: Asset) =>
    asset.namespace === namespace
      ? asset.key
      : `${asset.key} ${style('dim', `[namespace ${asset.namespace}]`)}`
  for (const { assets } of paths) yield assets.map(nameOf).join(' → ')
  if (paths.length > 0) yield ''
  const size = `${paths.length} ${plural(paths.length, 'path')}`
  if (completeness.complete) {
    yield `complete: ${size}`
    return
  }
  const goOn = completeness.nextCursor === null ? [] : [`go on with --after ${completeness.nextCursor}`]
  const reasons = completeness.stoppedBy.map((reason) => MEANING[reason])
  yield `incomplete: ${size}; ${[...reasons, ...goOn].join('; ')}`
}
